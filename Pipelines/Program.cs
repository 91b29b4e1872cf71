using MlAspire.Pipelines;

return await PipelinesApp.RunAsync(args, CancellationToken.None);

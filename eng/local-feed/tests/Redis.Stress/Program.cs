using MlAspire.LocalFeed.Redis.Stress;

return await StressRun.RunAsync(StressOptions.Parse(args), Console.Out);

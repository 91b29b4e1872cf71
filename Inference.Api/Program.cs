using MlAspire.Inference.Api;

InferenceApp.Build(args).Run();

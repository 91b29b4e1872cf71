using MlAspire.Monitoring;

await MonitoringApp.Build(args).RunAsync();

using MlAspire.Gateway;

await GatewayApp.Build(args).RunAsync();

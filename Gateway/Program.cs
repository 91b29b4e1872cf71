using MlAspire.Gateway;
using MlAspire.Gateway.Audit.Verification;

if (args is ["audit", .. var audit])
{
    return new AuditCommand(Console.In, Console.Out, Console.Error).Run(audit);
}

await GatewayApp.Build(args).RunAsync();
return 0;

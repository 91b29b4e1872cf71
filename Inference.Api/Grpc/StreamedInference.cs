using System.Threading.Channels;
using Grpc.Core;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Protos;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>One ModelStreamInfer call: up to <see cref="MaxInFlight"/> requests of it run at once, so that they can share batches; the answers keep the order of the requests.</summary>
/// <remarks>A failed request is an answer with <c>error_message</c>, the request's id, and the error's code in its parameters; the stream goes on. When all places are taken no further request is read: the caller feels HTTP/2's flow control. When the server stops none is read either, what has been read is answered, and the stream ends as unavailable.</remarks>
/// <param name="infer">Runs on the calling thread as far as it can.</param>
/// <param name="unread">Told when the stream ends because a message of it could not be read.</param>
internal sealed class StreamedInference(Func<ModelInferRequest, Task<InferResponse>> infer, Action<Exception> unread, CancellationToken stopping)
{
    public const int MaxInFlight = 64;

    private readonly Channel<(string Id, Task<InferResponse> Answer)> inFlight =
        Channel.CreateBounded<(string, Task<InferResponse>)>(new BoundedChannelOptions(MaxInFlight) { SingleReader = true, SingleWriter = true });

    public async Task RunAsync(IAsyncStreamReader<ModelInferRequest> requests, IServerStreamWriter<ModelStreamInferResponse> responses, CancellationToken cancellationToken)
    {
        var reading = ReadAsync(requests, cancellationToken);
        try
        {
            await foreach (var (id, answer) in inFlight.Reader.ReadAllAsync(CancellationToken.None))
            {
                await AnswerAsync(id, answer, responses, cancellationToken);
            }
        }
        finally
        {
            await DrainAsync();
        }

        await reading;
    }

    private async Task ReadAsync(IAsyncStreamReader<ModelInferRequest> requests, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        try
        {
            await foreach (var request in requests.ReadAllAsync(end.Token))
            {
                await inFlight.Writer.WaitToWriteAsync(cancellationToken);
                await inFlight.Writer.WriteAsync((request.Id, Task.Run(() => infer(request), CancellationToken.None)), CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServiceError(ErrorCode.Unavailable, "the server stops");
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            unread(exception);
            throw;
        }
        finally
        {
            inFlight.Writer.Complete();
        }
    }

    private static async Task AnswerAsync(string id, Task<InferResponse> answer, IServerStreamWriter<ModelStreamInferResponse> responses, CancellationToken cancellationToken)
    {
        await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answer.IsCompletedSuccessfully)
        {
            using var response = answer.Result;
            await response.AnswerAsync(() => WriteAsync(GrpcMessages.ToMessage(response), ""));
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var error = ErrorMapping.FromException(answer.Exception?.InnerException ?? new OperationCanceledException(), callerGone: false);
        var failed = new ModelInferResponse { Id = id };
        foreach (var detail in GrpcErrors.Details(error))
        {
            failed.Parameters[detail.Key] = new InferParameter { StringParam = detail.Value };
        }

        await WriteAsync(failed, GrpcErrors.Text(error));

        async Task WriteAsync(ModelInferResponse message, string errorMessage)
        {
            message.Parameters[InferParameters.FinalResponse] = new InferParameter { BoolParam = true };
            await responses.WriteAsync(new ModelStreamInferResponse { InferResponse = message, ErrorMessage = errorMessage }, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested(); // a write to a caller that has gone may end without an exception
        }
    }

    /// <summary>After a failure: what still runs is waited for, and its memory given back.</summary>
    private async Task DrainAsync()
    {
        await foreach (var (_, answer) in inFlight.Reader.ReadAllAsync(CancellationToken.None))
        {
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (answer.IsCompletedSuccessfully)
            {
                answer.Result.Dispose();
            }
        }
    }
}

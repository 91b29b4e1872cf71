// Asks a V2 server over gRPC with Node's implementation of gRPC and of protocol buffers, neither of which is the server's.
// node client.mjs HOST:PORT: one line of JSON, what each call brought, by name.
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const [address] = process.argv.slice(2);
const { inference } = grpc.loadPackageDefinition(loader.loadSync(`${import.meta.dirname}/open_inference.proto`, { keepCase: true, longs: String }));
const client = new inference.GRPCInferenceService(address, grpc.credentials.createInsecure());

const call = (method, request) => new Promise(resolve =>
  client[method](request, (error, answer) => resolve(error ? { code: error.code, details: error.details } : answer)));

const values = {
  FP32: bytes => [...new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))],
  INT64: bytes => [...new BigInt64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))].map(String),
  BYTES: bytes => bytes.length === 0 ? [] : [bytes.toString('utf8', 4, 4 + bytes.readUInt32LE()), ...values.BYTES(bytes.subarray(4 + bytes.readUInt32LE()))],
};

// The outputs as name, shape and values; an error as it is.
const read = answer => answer.outputs
  ? { model: `${answer.model_name} ${answer.model_version}`, id: answer.id, outputs: answer.outputs.map(({ name, datatype, shape }, i) => [name, shape.join(), values[datatype](answer.raw_output_contents[i])]) }
  : answer;
const infer = async request => read(await call('ModelInfer', request));

// Requests go out in one go; the answers are read to the end.
const stream = requests => new Promise((resolve, reject) => {
  const answers = [];
  const call = client.ModelStreamInfer();
  call.on('data', answer => answers.push(answer.error_message ? 'failed' : read(answer.infer_response))).on('error', reject).on('end', () => resolve(answers));
  for (const request of requests) call.write(request);
  call.end();
});

const floats = (...values) => Buffer.from(new Float32Array(values).buffer);
const vector = (name, ...values) => ({ name, datatype: 'FP32', shape: [values.length], contents: { fp32_contents: values } });
const bare = (name, datatype, shape) => ({ name, datatype, shape });
const sum = (id, a, b) => ({ model_name: 'two', id, inputs: [vector('a', ...a), vector('b', ...b)], outputs: [{ name: 'sum' }] });

console.log(JSON.stringify({
  live: await call('ServerLive', {}),
  ready: await call('ModelReady', { name: 'versions', version: '3' }),
  metadata: await call('ModelMetadata', { name: 'rows' }),
  config: (await call('ModelConfig', { name: 'rows' })).config,
  statistics: (await call('ModelStatistics', { name: 'versions', version: '3' })).model_stats,
  index: (await call('RepositoryIndex', { ready: true })).models.filter(({ name }) => name === 'versions'),
  contents: await infer(sum('7', [1, 2], [10, 20])),
  raw: await infer({ model_name: 'two', inputs: [bare('a', 'FP32', [1]), bare('b', 'FP32', [1])], raw_input_contents: [floats(3), floats(4)] }),
  integers: await infer({ model_name: 'identity_INT64', inputs: [{ ...bare('x', 'INT64', [1, 2]), contents: { int64_contents: ['-9223372036854775808', '9223372036854775807'] } }] }),
  text: await infer({ model_name: 'identity_BYTES', inputs: [{ ...bare('x', 'BYTES', [1, 2]), contents: { bytes_contents: [Buffer.from(''), Buffer.from('語')] } }] }),
  classes: await infer({ model_name: 'rows', inputs: [{ ...bare('x', 'FP32', [1, 3]), contents: { fp32_contents: [0.5, 3, 1] } }], outputs: [{ name: 'y', parameters: { classification: { int64_param: 1 } } }] }),
  unknown: (await infer({ model_name: 'nothing' })).code, // 5 is NOT_FOUND
  stream: await stream([sum('1', [1], [1]), sum('2', [1, 2, 3], [1, 2]), sum('3', [2], [2])]),
}));
client.close();

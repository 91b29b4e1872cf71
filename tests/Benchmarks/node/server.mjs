// The same models over the same binary V2 requests, served the way a Node team would: fastify and onnxruntime-node. No logs, no metrics, no spans.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fastify from "fastify";
import ort from "onnxruntime-node";

const [repository, port] = process.argv.slice(2);
const sessions = new Map();
for (const name of readdirSync(repository)) {
  sessions.set(name, await ort.InferenceSession.create(join(repository, name, "1", "model.onnx"), { intraOpNumThreads: 1, interOpNumThreads: 1 }));
}

const app = fastify({ bodyLimit: 16 << 20 });
app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (request, body, done) => done(null, body));
app.post("/v2/models/:model/infer", async (request, reply) => {
  const session = sessions.get(request.params.model);
  let at = Number(request.headers["inference-header-content-length"]);
  const json = JSON.parse(request.body.toString("utf8", 0, at));
  const feeds = {};
  for (const input of json.inputs) {
    const bytes = input.parameters.binary_data_size;
    const start = request.body.byteOffset + at;
    feeds[input.name] = new ort.Tensor("float32", new Float32Array(request.body.buffer.slice(start, start + bytes)), input.shape);
    at += bytes;
  }

  const results = await session.run(feeds, json.outputs.map((output) => output.name));
  const parts = [];
  const outputs = json.outputs.map(({ name }) => {
    const { data, dims } = results[name];
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    return { name, datatype: "FP32", shape: dims, parameters: { binary_data_size: data.byteLength } };
  });
  const head = Buffer.from(JSON.stringify({ model_name: request.params.model, model_version: "1", outputs }));
  reply.header("inference-header-content-length", head.length).type("application/octet-stream");
  return reply.send(Buffer.concat([head, ...parts]));
});
await app.listen({ host: "127.0.0.1", port: Number(port) });

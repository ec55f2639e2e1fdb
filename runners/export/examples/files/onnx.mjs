// Asks a model (@TITLE@), exported as ONNX, in JavaScript with ONNX Runtime, which runs in Node and in browsers.
//
//   npm install onnxruntime-web
//   node example.mjs
//
// In a browser give InferenceSession.create the address of model.onnx.

import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";

const file = (name) => readFile(new URL(name, import.meta.url));

const session = await ort.InferenceSession.create(await file("model.onnx"));
const numbers = JSON.parse(await file("sample.json")); // one input, as the model takes it
const types = { float32: Float32Array, int32: Int32Array };
const input = new ort.Tensor("@DTYPE@", types["@DTYPE@"].from(numbers), [@SHAPE@]);
const { output } = await session.run({ input });
console.log(output.dims.join(" x "));
console.log([...output.data].join("\n"));

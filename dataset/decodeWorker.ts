import { parentPort, workerData } from "node:worker_threads";
import { decodeGroup, type DecodeTask } from "./decode";
import { toPlain } from "./errors";
import { openTokenizer, type TokenizerFile } from "./tokens";

/**
 * A thread that decodes row groups: receives `{task}` and answers `{decoded}` or `{failure}`, one at a time.
 */
const { tokenizer: file } = workerData as { tokenizer?: TokenizerFile };
const tokenizer = file ? openTokenizer(file) : Promise.resolve(undefined);

parentPort?.on("message", ({ task }: { task: DecodeTask }) => {
  void tokenizer
    .then((counter) => decodeGroup(task, counter))
    .then((decoded) => {
      const memory = [decoded.lines.buffer, decoded.facts.prompts.buffer, decoded.facts.conversations.buffer];
      parentPort?.postMessage({ decoded }, memory as ArrayBuffer[]);
    })
    .catch((error: unknown) => parentPort?.postMessage({ failure: toPlain(error) }));
});

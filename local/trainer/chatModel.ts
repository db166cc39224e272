import { Worker } from "node:worker_threads";
import type { ChatReply } from "./chatWorker";
import type { ChatModel, LoadChatModel } from "./contract";
import type { Generated } from "./generate";
import { fromWireError } from "./workerErrors";
import { workerScript } from "./workerScript";

type Answer = Generated;

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** Its thread keeps the process alive only while a request is unanswered. */
export const loadChatModel: LoadChatModel = async (modelDir) => {
  const worker = new Worker(workerScript("chatWorker"), { workerData: { modelDir } });
  const waiting = new Map<number, Waiting>();
  let ended: Error | undefined;
  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) {
      reject(ended);
    }
    waiting.clear();
  };
  await new Promise<void>((resolve, reject) => {
    worker.on("error", (error) => {
      end(error);
      reject(error);
    });
    worker.on("exit", () => {
      const error = new Error("The model has been closed.");
      end(error);
      reject(error);
    });
    worker.on("message", (reply: ChatReply) => {
      switch (reply.kind) {
        case "ready":
          return resolve();
        case "failed":
          reject(fromWireError(reply.error));
          return void worker.terminate();
        case "answer":
          waiting.get(reply.id)?.resolve(reply.answer);
          break;
        case "error":
          waiting.get(reply.id)?.reject(fromWireError(reply.error));
      }
      waiting.delete(reply.id);
      if (waiting.size === 0) {
        worker.unref();
      }
    });
  });
  let lastId = 0;
  const model: ChatModel = {
    generate: (messages, parameters) =>
      new Promise<Answer>((resolve, reject) => {
        if (ended) {
          return reject(ended);
        }
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ id, messages, parameters });
      }),
    close: async () => {
      end(new Error("The model has been closed."));
      await worker.terminate();
    },
  };
  worker.unref();
  return model;
};

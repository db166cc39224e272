import { parentPort, workerData } from "node:worker_threads";
import type { ChatTurn, GenerationParameters } from "./contract";
import { createDecoder } from "./decoder";
import { generateAnswer, type Generated } from "./generate";
import { readModelFiles } from "./modelFiles";
import { toWireError, type WireError } from "./workerErrors";

export interface ChatRequest {
  id: number;
  messages: ChatTurn[];
  parameters: GenerationParameters;
}

export type ChatReply =
  | { kind: "ready" }
  | { kind: "failed"; error: WireError }
  | { kind: "answer"; id: number; answer: Generated }
  | { kind: "error"; id: number; error: WireError };

function send(reply: ChatReply): void {
  parentPort!.postMessage(reply);
}

/** The thread of one loaded model; see `loadChatModel`. It answers requests one after the other. */
async function serve(modelDir: string): Promise<void> {
  const { config, weights, tokenizer } = await readModelFiles(modelDir);
  const decoder = createDecoder(config, weights);
  parentPort!.on("message", ({ id, messages, parameters }: ChatRequest) => {
    try {
      const answer = generateAnswer(decoder, tokenizer, config.contextLength, messages, parameters);
      send({ kind: "answer", id, answer });
    } catch (error) {
      send({ kind: "error", id, error: toWireError(error) });
    }
  });
  send({ kind: "ready" });
}

serve((workerData as { modelDir: string }).modelDir).catch((error: unknown) =>
  send({ kind: "failed", error: toWireError(error) }),
);

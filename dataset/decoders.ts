import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { decodeGroup, type Decoded, type DecodeTask } from "./decode";
import { fromPlain, type PlainError } from "./errors";
import type { TokenCounter } from "./facts";
import { openTokenizer, type TokenizerFile } from "./tokens";

/** Decodes row groups, several at once. */
export interface Decoders {
  /** Row groups that are worth having under way at once for each of the slices that are being written. */
  readonly width: number;
  /** Told how many bytes of a slice will come, before they do: from some size on, threads are worth their start. The slice ends with a call of what is returned. */
  expect(bytes: number): () => void;
  decode(task: DecodeTask): Promise<Decoded>;
  /** Gives back the memory of lines that nobody needs any more; what is decoded next is written there. */
  reuse(lines: Uint8Array<ArrayBuffer>): void;
  close(): Promise<void>;
}

/** Below this many bytes of parquet the calling thread is done before others have started (measured: 60 ms a thread). */
const worthThreads = 16 << 20;
/** Two threads decode 300 MB of JSON lines a second (measured), about what disks take; each further one costs 70 MB. Counting tokens is worth more. */
const mostThreads = 2;
const mostCountingThreads = 4;
/** What a thread makes of a row group is short-lived: a small nursery keeps it from piling up. */
const resourceLimits = { maxYoungGenerationSizeMb: 32 };

/**
 * Decodes in the calling thread, or in threads of its own when much is expected and the machine has several processors.
 * @param threads most threads; 0 never starts one. Default: one for each processor, at most 2, with a tokenizer 4
 */
export function createDecoders(
  tokenizer?: TokenizerFile,
  threads = Math.min(tokenizer ? mostCountingThreads : mostThreads, availableParallelism()),
): Decoders {
  let counter: Promise<TokenCounter | undefined> | undefined;
  let pool: ThreadPool | undefined;
  let expected = 0;
  const memory: ArrayBuffer[] = [];
  let slices = 0;
  const inAll = (): number => (pool ? threads + 1 : 1);
  return {
    get width() {
      return Math.ceil(inAll() / Math.max(1, slices));
    },
    expect(bytes) {
      expected += bytes;
      slices++;
      // Counting tokens takes so much longer than decoding that threads are worth it earlier.
      const script = workerScript();
      if (threads > 1 && script && expected > worthThreads / (tokenizer ? 16 : 1))
        pool ??= threadPool(threads, script, tokenizer);
      return () => void slices--;
    },
    async decode(given) {
      const task = { ...given, memory: memory.pop() };
      if (pool) return pool.decode(task);
      counter ??= tokenizer ? openTokenizer(tokenizer) : Promise.resolve(undefined);
      return decodeGroup(task, await counter);
    },
    reuse(lines) {
      if (memory.length < inAll()) memory.push(lines.buffer);
    },
    close: async () => pool?.close(),
  };
}

type ThreadPool = Pick<Decoders, "decode" | "close">;

interface Thread {
  worker: Worker;
  job: Job | undefined;
}

interface Job {
  task: DecodeTask;
  resolve: (decoded: Decoded) => void;
  reject: (error: Error) => void;
}

/**
 * Threads of their own, started when there is work. A task's bytes are handed over (they must have their memory to themselves); a thread that dies fails what
 * it was working on.
 */
function threadPool(threads: number, script: string, tokenizer?: TokenizerFile): ThreadPool {
  const waiting: Job[] = [];
  const idle: Thread[] = [];
  const all: Thread[] = [];

  function start(): Thread {
    const thread: Thread = {
      worker: new Worker(script, { workerData: { tokenizer }, resourceLimits }),
      job: undefined,
    };
    thread.worker.on("message", ({ decoded, failure }: { decoded?: Decoded; failure?: PlainError }) => {
      const { job } = thread;
      thread.job = undefined;
      idle.push(thread);
      if (decoded) job?.resolve(decoded);
      else job?.reject(fromPlain(failure));
      next();
    });
    thread.worker.on("error", (error) => {
      all.splice(all.indexOf(thread), 1);
      thread.job?.reject(error);
      next();
    });
    all.push(thread);
    return thread;
  }

  function next(): void {
    if (waiting.length === 0) return;
    const thread = idle.pop() ?? (all.length < threads ? start() : undefined);
    if (!thread) return;
    const job = waiting.shift() as Job;
    thread.job = job;
    const { bytes, memory } = job.task;
    const handedOver = [bytes.buffer as ArrayBuffer, ...(memory ? [memory] : [])];
    thread.worker.postMessage({ task: job.task }, handedOver);
  }

  return {
    decode: (task) =>
      new Promise((resolveJob, reject) => {
        waiting.push({ task, resolve: resolveJob, reject });
        next();
      }),
    async close() {
      waiting.length = 0;
      await Promise.all(all.map(({ worker }) => worker.terminate()));
    },
  };
}

/** The compiled script of the threads; run from TypeScript source (in tests), the one in dist/ if it is there. */
function workerScript(): string | undefined {
  const root = resolve(__dirname, "..");
  const places = [__dirname, join(root, "dist", relative(root, __dirname))];
  return places.map((place) => join(place, "decodeWorker.js")).find((path) => existsSync(path));
}

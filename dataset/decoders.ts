import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { decodeGroup, type Decoded, type DecodeTask } from "./decode";
import { fromPlain, type PlainError } from "./errors";
import type { TokenCounter } from "./facts";
import { openTokenizer, type TokenizerFile } from "./tokens";

/** Decodes row groups concurrently. */
export interface Decoders {
  /** Row groups that one slice should have in progress to keep all threads busy. */
  readonly width: number;
  /**
   * Announces how many bytes of a slice will be decoded. Threads start only when their start-up is worth it.
   * The returned function ends the slice.
   */
  expect(bytes: number): () => void;
  decode(task: DecodeTask): Promise<Decoded>;
  /** Returns the memory of lines that are no longer needed; later lines are written there. */
  reuse(lines: Uint8Array<ArrayBuffer>): void;
  close(): Promise<void>;
}

/**
 * Below this number of parquet bytes the calling thread finishes before others have started (measured: 60 ms
 * per thread).
 */
const threadThresholdBytes = 16 << 20;
/**
 * Two threads decode 300 MB of JSON lines per second (measured), about the speed of a disk. Each further
 * thread costs 70 MB of memory, which only counting tokens justifies.
 */
const maxThreads = 2;
const maxCountingThreads = 4;
/** The objects of a row group are short-lived. A small young generation limits their memory. */
const resourceLimits = { maxYoungGenerationSizeMb: 32 };

/**
 * Decodes in the calling thread, or in worker threads when much data is expected and the machine has several
 * processors.
 * @param threads maximum number of threads; 0 starts none. Default: one per processor, at most 2, or 4 with a
 * tokenizer
 */
export function createDecoders(
  tokenizer?: TokenizerFile,
  threads = Math.min(tokenizer ? maxCountingThreads : maxThreads, availableParallelism()),
): Decoders {
  let counter: Promise<TokenCounter | undefined> | undefined;
  let pool: ThreadPool | undefined;
  let expected = 0;
  const memory: ArrayBuffer[] = [];
  let slices = 0;
  const threadCount = (): number => (pool ? threads + 1 : 1);
  return {
    get width() {
      return Math.ceil(threadCount() / Math.max(1, slices));
    },
    expect(bytes) {
      expected += bytes;
      slices++;
      // Counting tokens takes much longer than decoding, so threads pay off earlier.
      const script = workerScript();
      if (threads > 1 && script && expected > threadThresholdBytes / (tokenizer ? 16 : 1))
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
      if (memory.length < threadCount()) memory.push(lines.buffer);
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
 * A pool of worker threads, started on demand. The bytes of a task are transferred to the thread, so they
 * must not share an ArrayBuffer. A thread that exits fails the task it was working on.
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

/**
 * The compiled script of the threads. Code that runs from TypeScript source (in tests) uses the script in
 * dist/ if it exists.
 */
function workerScript(): string | undefined {
  const root = resolve(__dirname, "..");
  const places = [__dirname, join(root, "dist", relative(root, __dirname))];
  return places.map((place) => join(place, "decodeWorker.js")).find((path) => existsSync(path));
}

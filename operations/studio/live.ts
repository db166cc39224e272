import { errorText } from "../../azureml/errors";
import { redact } from "../../azureml/http/redact";

/** One answer of a view, and whether it stays as it is. */
export interface Reading {
  data: unknown;
  /** True if the view does not change any more: it is then not read again. */
  isFinal?: boolean;
}

/** An event for the page: the view's data as JSON, or why they cannot be read. */
export interface LiveEvent {
  name: "data" | "problem";
  json: string;
}

export type Listener = (event: LiveEvent) => void;

/** Views that are read again and again while somebody looks at them. */
export interface Live {
  /**
   * Passes the last event to the listener, and every later one that differs. Listeners of the same key share its reading.
   * @returns a function that ends it
   */
  follow(key: string, read: () => Promise<Reading>, listener: Listener): () => void;
  /** Reads all views that somebody looks at now, for example after a change. */
  refresh(): void;
  close(): void;
}

/** A reading costs requests: the pause after it is at least this many times as long as it took. */
const pauseFactor = 4;
const longestPauseMs = 30_000;

interface Topic {
  listeners: Set<Listener>;
  last?: LiveEvent;
  timer?: NodeJS.Timeout;
  /** Ends a pause. Absent while a reading is under way. */
  wake?: () => void;
  isAgain: boolean;
  isFinal: boolean;
  failures: number;
}

/** @param everyMs pause between two readings of a view. After failures it doubles, up to half a minute. */
export function createLive(everyMs: number): Live {
  const topics = new Map<string, Topic>();

  async function readOnce(topic: Topic, read: () => Promise<Reading>): Promise<void> {
    const event = await read().then(
      ({ data, isFinal }): LiveEvent => {
        topic.isFinal = isFinal === true;
        topic.failures = 0;
        return { name: "data", json: JSON.stringify(data) };
      },
      (error: unknown): LiveEvent => {
        topic.failures += 1;
        return { name: "problem", json: JSON.stringify({ message: redact(errorText(error)) }) };
      },
    );
    if (event.json === topic.last?.json && event.name === topic.last.name) return;
    topic.last = event;
    for (const listener of topic.listeners) listener(event);
  }

  function pause(topic: Topic, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(topic.timer);
        delete topic.wake;
        resolve();
      };
      topic.wake = end;
      if (!topic.isFinal) topic.timer = setTimeout(end, ms);
    });
  }

  async function run(key: string, topic: Topic, read: () => Promise<Reading>): Promise<void> {
    while (topics.get(key) === topic) {
      const started = performance.now();
      topic.isAgain = false;
      await readOnce(topic, read);
      if (topic.isAgain || topics.get(key) !== topic) continue;
      const wanted = everyMs * 2 ** Math.min(topic.failures, 10);
      await pause(
        topic,
        Math.min(longestPauseMs, Math.max(wanted, pauseFactor * (performance.now() - started))),
      );
    }
  }

  function wake(topic: Topic): void {
    if (topic.wake) topic.wake();
    else topic.isAgain = true;
  }

  return {
    follow(key, read, listener) {
      const found = topics.get(key);
      const topic = found ?? { listeners: new Set(), isAgain: false, isFinal: false, failures: 0 };
      topic.listeners.add(listener);
      if (topic.last) listener(topic.last);
      if (!found) {
        topics.set(key, topic);
        void run(key, topic, read);
      }
      return () => {
        topic.listeners.delete(listener);
        if (topic.listeners.size > 0) return;
        topics.delete(key);
        wake(topic);
      };
    },
    refresh: () => topics.forEach(wake),
    close() {
      const open = [...topics.values()];
      topics.clear();
      open.forEach(wake);
    },
  };
}

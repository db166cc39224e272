import { AsyncLocalStorage } from "node:async_hooks";
import { ArmError } from "../armError";
import { type Fault, type FaultKind, type FaultRequest, FAULT_KINDS, strike, type Subject } from "./fault";

type Scope = (typeof FAULT_KINDS)[FaultKind]["on"];

export interface Faults {
  add(request: FaultRequest): Promise<Fault>;
  list(): Fault[];
  /** One, or all. Returns how many were cleared. */
  clear(id?: number): Promise<number>;
  /** The query counts as one call. */
  strikes(scope: Scope, subject: Subject): Fault | undefined;
  /** @throws the signal's reason */
  untilCleared(fault: Fault, signal?: AbortSignal): Promise<void>;
  /** Runs `work` so that the fault strikes a long-running operation that it starts. */
  whileStarting<T>(fault: Fault, work: () => T): T;
  readonly starting: Fault | undefined;
  /** Awaited at every change: the blob process needs the faults. */
  onChange(listener: (faults: Fault[]) => Promise<void> | void): void;
  onAdd(listener: () => void): void;
  counted(id: number, seen: number, struck: number): void;
}

export function createFaults(log: (message: string) => void = () => {}): Faults {
  let faults: Fault[] = [];
  let serial = 0;
  const waiters = new Map<number, Set<() => void>>();
  const starting = new AsyncLocalStorage<Fault>();
  let changed: (faults: Fault[]) => Promise<void> | void = () => {};
  const added: Array<() => void> = [];

  return {
    add: async (request) => {
      const fault: Fault = { ...request, id: ++serial, seen: 0, struck: 0 };
      faults.push(fault);
      log(`fault ${fault.id} added: ${describeFault(fault)}`);
      await changed(faults);
      for (const listener of added) listener();
      return { ...fault };
    },
    list: () => faults.map((fault) => ({ ...fault })),
    clear: async (id) => {
      const cleared = faults.filter((fault) => id === undefined || fault.id === id);
      faults = faults.filter((fault) => !cleared.includes(fault));
      for (const fault of cleared) {
        for (const resume of waiters.get(fault.id) ?? []) resume();
        waiters.delete(fault.id);
        log(`fault ${fault.id} cleared`);
      }
      await changed(faults);
      return cleared.length;
    },
    strikes: (scope, subject) => {
      const fault = strike(faults, ({ kind, on }) => on === "api" && FAULT_KINDS[kind].on === scope, subject);
      if (fault) log(`fault ${fault.id} (${fault.kind}) strikes ${subject.method ?? ""} ${subject.path}`);
      return fault;
    },
    untilCleared: (fault, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        if (!faults.some(({ id }) => id === fault.id)) return resolve();
        const waiting = waiters.get(fault.id) ?? new Set<() => void>();
        waiters.set(fault.id, waiting);
        waiting.add(resolve);
        const aborted = (): void => {
          waiting.delete(resolve);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener("abort", aborted, { once: true });
      }),
    whileStarting: (fault, work) => starting.run(fault, work),
    get starting() {
      return starting.getStore();
    },
    onChange: (listener) => void (changed = listener),
    onAdd: (listener) => void added.push(listener),
    counted: (id, seen, struck) => {
      const fault = faults.find((candidate) => candidate.id === id);
      if (fault) Object.assign(fault, { seen, struck });
    },
  };
}

export function describeFault({ kind, on, method, path, nth, times }: FaultRequest): string {
  const calls =
    times === 0 ? `from call ${nth} on` : times === 1 ? `number ${nth}` : `${nth} to ${nth + times - 1}`;
  return `${kind}${on === "blobs" ? " on blobs" : ""} for ${method ?? "any"} ${path}, ${calls}`;
}

export function faultError(fault: Fault, status: number, code: string, message: string): ArmError {
  const text = fault.message ?? `${message} (fault ${fault.id} of the local cloud)`;
  return new ArmError(status, fault.code ?? code, text);
}

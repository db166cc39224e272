import { parseArgs } from "node:util";
import { callCloud } from "../../local/cloud/client/daemon";
import { type Fault, FAULT_KINDS } from "../../local/cloud/faults/fault";
import { describeFault } from "../../local/cloud/faults/faults";
import { projectRoot } from "./localStack";

const kinds = Object.entries(FAULT_KINDS)
  .map(([kind, { description }]) => `  ${kind.padEnd(20)}${description}`)
  .join("\n");

const usage = `npm run local -- fault <command>

  add <kind> [options]   set a fault
  list                   show the faults and how often each has struck
  clear [id]             clear one fault, or all

kinds
${kinds}

options of add
  --path <glob>          path or resource id, * matches any text (default *)
  --method <METHOD>      default any
  --nth <n>              the first matching call that it strikes (default 1)
  --times <n>            how many calls it strikes, 0 = all until cleared (default 1)
  --on api|blobs         calls of the APIs or of the blob store (default api)
  --code, --message      of the error that the fault answers
  --retry-after-ms <n>   when to try again after a 429, 500 or 503 (default 100)

Faults end with the local cloud's process.`;

/** `npm run local -- fault …`; returns the exit code. */
export async function faultCommand(args: string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "add":
      return add(rest);
    case "list":
      return list();
    case "clear":
      return clear(rest[0]);
    default:
      process.stderr.write(command === undefined ? usage : `unknown command "fault ${command}"\n\n${usage}`);
      return command === undefined ? 0 : 2;
  }
}

async function add(args: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...{ path: text, method: text, nth: text, times: text, on: text, code: text, message: text },
      "retry-after-ms": text,
    },
  });
  const { nth, times, "retry-after-ms": retryAfterMs, ...texts } = values;
  // A value that is not a number is sent unchanged: the cloud's error names it.
  const number = (value: string | undefined): unknown =>
    value === undefined || value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);
  const body = {
    kind: positionals[0],
    ...texts,
    nth: number(nth),
    times: number(times),
    retryAfterMs: number(retryAfterMs),
  };
  const call = { method: "POST", route: "/local/faults", body } as const;
  const fault = await callCloud<Fault>(call, { root: projectRoot });
  process.stdout.write(`fault ${fault.id}: ${describeFault(fault)}\n`);
  return 0;
}

async function list(): Promise<number> {
  const { faults } = await callCloud<{ faults: Fault[] }>({ route: "/local/faults" }, { root: projectRoot });
  const lines = faults.map(
    (fault) => `${fault.id}  ${describeFault(fault)}; seen ${fault.seen}, struck ${fault.struck}`,
  );
  process.stdout.write(`${lines.length > 0 ? lines.join("\n") : "no faults are set"}\n`);
  return 0;
}

async function clear(id: string | undefined): Promise<number> {
  const route = id === undefined ? "/local/faults" : `/local/faults/${encodeURIComponent(id)}`;
  const { cleared } = await callCloud<{ cleared: number }>(
    { method: "DELETE", route },
    { root: projectRoot },
  );
  process.stdout.write(`${cleared} ${cleared === 1 ? "fault" : "faults"} cleared\n`);
  return 0;
}

import { parseArgs } from "node:util";
import { askCloud } from "../../local/cloud/client/daemon";
import { type Fault, FAULT_KINDS } from "../../local/cloud/faults/fault";
import { describeFault } from "../../local/cloud/faults/faults";
import { projectRoot } from "./localStack";

const kinds = Object.entries(FAULT_KINDS)
  .map(([kind, { says }]) => `  ${kind.padEnd(20)}${says}`)
  .join("\n");

const usage = `npm run local -- fault <command>

  add <kind> [options]   make something go wrong
  list                   what is set, and how often it has struck
  clear [id]             take one away, or all

kinds
${kinds}

options of add
  --path <glob>          path or resource id, * for any text (default *)
  --method <METHOD>      default any
  --nth <n>              the n-th matching call is the first to suffer (default 1)
  --times <n>            so many calls suffer, 0 = all until cleared (default 1)
  --on api|blobs         calls of the APIs or of the blob store (default api)
  --code, --message      of the error, where the fault makes one
  --retry-after-ms <n>   what a 429, 500 or 503 says about trying again (default 100)

Faults last as long as the local cloud's process.
`;

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
  // What is no number reaches the cloud as it was typed: its error names it.
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
  const fault = await askCloud<Fault>(call, { root: projectRoot });
  process.stdout.write(`fault ${fault.id}: ${describeFault(fault)}\n`);
  return 0;
}

async function list(): Promise<number> {
  const { faults } = await askCloud<{ faults: Fault[] }>({ route: "/local/faults" }, { root: projectRoot });
  const lines = faults.map(
    (fault) => `${fault.id}  ${describeFault(fault)}; seen ${fault.seen}, struck ${fault.struck}`,
  );
  process.stdout.write(`${lines.length > 0 ? lines.join("\n") : "no faults are set"}\n`);
  return 0;
}

async function clear(id: string | undefined): Promise<number> {
  const route = id === undefined ? "/local/faults" : `/local/faults/${encodeURIComponent(id)}`;
  const { cleared } = await askCloud<{ cleared: number }>({ method: "DELETE", route }, { root: projectRoot });
  process.stdout.write(`${cleared} ${cleared === 1 ? "fault" : "faults"} cleared\n`);
  return 0;
}

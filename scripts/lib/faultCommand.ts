import { type Command, Option } from "commander";
import { callCloud } from "../../local/cloud/client/daemon";
import { type Fault, FAULT_KINDS } from "../../local/cloud/faults/fault";
import { describeFault } from "../../local/cloud/faults/faults";
import { numberFrom, wholeNumber } from "./commandLine";
import { projectRoot } from "./localStack";

const kinds = Object.entries(FAULT_KINDS)
  .map(([kind, { description }]) => `  ${kind.padEnd(20)}${description}`)
  .join("\n");

/** Adds `fault add`, `fault list` and `fault clear` to `npm run local`. */
export function addFaultCommand(local: Command): void {
  const fault = local
    .command("fault")
    .description("make something fail: add, list, clear")
    .helpCommand(false)
    .addHelpText("after", `\nKinds:\n${kinds}\n\nFaults last until the local cloud stops.`);
  fault
    .command("add <kind>")
    .description("make something fail")
    .option("--path <glob>", "path or resource id of the calls; * matches any text (default: *)")
    .option("--method <method>", "HTTP method of the calls (default: any)")
    .option("--nth <n>", "the first call that fails, counted from 1 (default: 1)", wholeNumber)
    .option("--times <n>", "how many calls fail; 0 means all (default: 1)", numberFrom(0))
    .addOption(
      new Option("--on <service>", "the APIs or the blob store (default: api)").choices(["api", "blobs"]),
    )
    .option("--code <code>", "error code, where the fault produces an error")
    .option("--message <text>", "error message, where the fault produces an error")
    .option("--retry-after-ms <n>", "Retry-After of a 429, 500 or 503 (default: 100)", numberFrom(0))
    .addHelpText("after", `\nKinds:\n${kinds}`)
    .action(add);
  fault.command("list").description("the faults that are set, and how often each has struck").action(list);
  fault.command("clear [id]").description("remove one fault, or all").action(clear);
}

async function add(kind: string, options: Record<string, unknown>): Promise<void> {
  const call = { method: "POST", route: "/local/faults", body: { kind, ...options } } as const;
  const fault = await callCloud<Fault>(call, { root: projectRoot });
  process.stdout.write(`fault ${fault.id}: ${describeFault(fault)}\n`);
}

async function list(): Promise<void> {
  const { faults } = await callCloud<{ faults: Fault[] }>({ route: "/local/faults" }, { root: projectRoot });
  const lines = faults.map(
    (fault) => `${fault.id}  ${describeFault(fault)}; seen ${fault.seen}, struck ${fault.struck}`,
  );
  process.stdout.write(`${lines.length > 0 ? lines.join("\n") : "no faults are set"}\n`);
}

async function clear(id: string | undefined): Promise<void> {
  const route = id === undefined ? "/local/faults" : `/local/faults/${encodeURIComponent(id)}`;
  const { cleared } = await callCloud<{ cleared: number }>(
    { method: "DELETE", route },
    { root: projectRoot },
  );
  process.stdout.write(`${cleared} ${cleared === 1 ? "fault" : "faults"} cleared\n`);
}

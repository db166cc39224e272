import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isShown } from "./events";
import type { Engine, Program, Seen, Step } from "./types";
import type { Project } from "./project";

/** One line of `--event-log`, with exactly one of these fields. */
type EngineEvent = {
  resourcePreEvent?: { metadata: Metadata };
  resOutputsEvent?: { metadata: Metadata };
  resOpFailedEvent?: { metadata: Metadata };
  diagnosticEvent?: { message: string; severity: string; ephemeral?: boolean };
  summaryEvent?: { resourceChanges: Record<string, number> | null };
};
type Metadata = { op: string; urn: string };

/** The `pulumi` on PATH, if there is one. */
export function findPulumi(path = process.env.PATH ?? ""): string | undefined {
  const candidates = path.split(delimiter).map((folder) => join(folder || ".", "pulumi"));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The Pulumi command line at `command`, on the same kind of backend as the embedded engine. */
export function realEngine(command: string): Engine {
  const pulumi = (project: Project, argv: string[]): Promise<Finished> =>
    finished(command, argv, project.folder, {
      ...project.env,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // `--event-log` is hidden and refused without it.
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
  return {
    name: "Pulumi",
    async run(project: Project, _program: Program, step: Step) {
      const stack = step.stack ?? "dev";
      if (!project.hasState(stack)) {
        const made = await pulumi(project, ["stack", "init", stack, "--non-interactive"]);
        if (made.code !== 0) throw new Error(`pulumi stack init failed:\n${made.stderr}`);
      }
      const events = join(project.root, "events.jsonl");
      rmSync(events, { force: true });
      const ran = await pulumi(project, [...argumentsOf(project, step), "--event-log", events]);
      const outputs = step.do === "preview" ? {} : await outputsOf(project, stack);
      const lines = existsSync(events) ? readFileSync(events, "utf8").split("\n").filter(Boolean) : [];
      const seen = readEvents(lines.map((line) => JSON.parse(line) as EngineEvent));
      return {
        ...seen,
        exit: ran.code,
        errors: [seen.errors, ran.code === 0 ? "" : ran.stderr.trim()].filter(Boolean).join("\n"),
        outputs,
      };
    },
  };

  async function outputsOf(project: Project, stack: string): Promise<Record<string, unknown>> {
    const argv = ["stack", "output", "--json", "--show-secrets", "--stack", stack, "--non-interactive"];
    const { code, stdout, stderr } = await pulumi(project, argv);
    if (code !== 0) throw new Error(`pulumi stack output failed:\n${stderr}`);
    return JSON.parse(stdout);
  }
}

/** The command line of a step. */
export function argumentsOf(project: Project, step: Step): string[] {
  const { targets, replace, parallel, ...switches } = step.options ?? {};
  const urns = (flag: string, names: string[] = []): string[] =>
    names.flatMap((name) => [flag, name.includes("*") ? name : project.urnOf(name, step.stack)]);
  const flags: [boolean | undefined, string][] = [
    [switches.refresh, "--refresh"],
    [switches.expectNoChanges, "--expect-no-changes"],
    // A preview has no such flag: it always continues after errors.
    [switches.continueOnError && step.do !== "preview", "--continue-on-error"],
    [switches.targetDependents, "--target-dependents"],
  ];
  return [
    step.do,
    ...(step.do === "preview" ? [] : ["--yes", "--skip-preview"]),
    ...["--non-interactive", "--color", "never", "--stack", step.stack ?? "dev"],
    ...flags.flatMap(([set, flag]) => (set ? [flag] : [])),
    ...urns("--target", targets),
    ...urns("--replace", replace),
    ...(parallel === undefined ? [] : ["--parallel", String(parallel)]),
  ];
}

/** The steps, counts and messages in an event log. */
export function readEvents(events: EngineEvent[]): Pick<Seen, "steps" | "counts" | "errors" | "warnings"> {
  const steps: Metadata[] = [];
  let counts: Record<string, number> = {};
  const messages: Record<string, string[]> = {};
  for (const event of events) {
    // A step is announced before it runs. Only the later event of a refresh step contains its result.
    const started = event.resourcePreEvent?.metadata;
    if (started && !bookkeeping.has(started.op)) steps.push(started);
    const failed = event.resOpFailedEvent?.metadata;
    if (failed) {
      const at = steps.findLastIndex(({ op, urn }) => op === failed.op && urn === failed.urn);
      if (at >= 0) steps.splice(at, 1);
    }
    const done = event.resOutputsEvent?.metadata;
    if (done && events.some((other) => isRefreshOf(other, done.urn)) && !bookkeeping.has(done.op)) {
      if (!steps.some(({ op, urn }) => op === done.op && urn === done.urn)) steps.push(done);
    }
    if (event.summaryEvent) counts = event.summaryEvent.resourceChanges ?? {};
    const { message = "", severity = "", ephemeral } = event.diagnosticEvent ?? {};
    if (message && !ephemeral) (messages[severity] ??= []).push(message.replace(/<\{%.*?%\}>/g, "").trim());
  }
  return {
    steps: steps
      .filter(({ op, urn }) => isShown({ operation: op, urn }))
      .map(({ op, urn }) => `${op} ${urn.split("::").slice(3).join("::")}`),
    counts,
    errors: (messages.error ?? []).join("\n"),
    warnings: (messages.warning ?? []).join("\n"),
  };
}

/**
 * Steps without an effect of their own: a replacement is reported as its two halves, a refresh as its result.
 */
const bookkeeping = new Set(["replace", "refresh"]);

function isRefreshOf(event: EngineEvent, urn: string): boolean {
  const { metadata } = event.resourcePreEvent ?? {};
  return metadata?.op === "refresh" && metadata.urn === urn;
}

type Finished = { code: number; stdout: string; stderr: string };

function finished(command: string, argv: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 255, stdout, stderr }));
  });
}

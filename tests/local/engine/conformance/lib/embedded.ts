import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { EngineEvent } from "../../../../../local/engine/display/events";
import type { RunResult } from "../../../../../local/engine/run";
import { isShown } from "./events";
import type { Engine, Program, Step } from "./types";
import type { Project } from "./project";

type Answer = {
  id: number;
  events: EngineEvent[];
  result?: RunResult;
  thrown?: { message: string; exitCode: number };
};

/** The embedded engine, in a process that lives as long as the tests that use it. */
export function embeddedEngine(): Engine & { close(): void } {
  let worker: ChildProcess | undefined;
  let next = 0;
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  const start = (): ChildProcess => {
    const child = fork(join(__dirname, "worker.js"), {
      execArgv: ["--no-warnings"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.on("message", (answer: Answer) => {
      waiting.get(answer.id)?.resolve(answer);
      waiting.delete(answer.id);
    });
    child.on("exit", (code, signal) => {
      for (const { reject } of waiting.values())
        reject(new Error(`the engine's process ended: ${signal ?? code}`));
      waiting.clear();
      worker = undefined;
    });
    return child;
  };
  const ask = (message: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      worker ??= start();
      worker.send({ id, ...message });
    });
  return {
    name: "the embedded engine",
    async run(project: Project, program: Program, step: Step) {
      const { targets, replace, ...options } = step.options ?? {};
      const urns = (names: string[]): string[] =>
        names.map((name) => (name.includes("*") ? name : project.urnOf(name, step.stack)));
      const answer = await ask({
        run: {
          operation: step.do,
          stack: step.stack ?? "dev",
          cwd: project.folder,
          env: project.env,
          ...options,
          ...(targets ? { targets: urns(targets) } : {}),
          ...(replace ? { replace: urns(replace) } : {}),
        },
        ...(program.plugins
          ? {}
          : { cloud: project.cloud, dynamic: program.program.includes("DynamicThing(") }),
        ...(program.process
          ? {}
          : { inline: { file: join(project.folder, "index.js"), ...project.programConfig() } }),
      });
      const messages = (severity: string): string =>
        answer.events
          .flatMap((event) =>
            event.kind === "diagnostic" && event.severity === severity ? [event.message] : [],
          )
          .join("\n");
      return {
        exit: answer.thrown?.exitCode ?? answer.result?.exitCode ?? 255,
        steps: answer.events.flatMap((event) =>
          event.kind === "step-done" && isShown(event.step)
            ? [`${event.step.operation} ${event.step.name}`]
            : [],
        ),
        counts: answer.result?.counts ?? {},
        errors: [messages("error"), answer.thrown?.message ?? ""].filter(Boolean).join("\n"),
        warnings: messages("warning"),
        outputs: answer.result?.outputs ?? {},
      };
    },
    close: () => void worker?.disconnect(),
  };
}

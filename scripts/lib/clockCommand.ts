import type { Command } from "commander";
import { callCloud } from "../../local/cloud/client/daemon";
import type { ClockState } from "../../local/cloud/clockRoutes";
import { numberFrom } from "./commandLine";
import { projectRoot } from "./localStack";

interface ClockOptions {
  advance?: string;
  speed?: number;
  profile?: string;
}

/** Longest wait for an advance, since real work that falls into the span has to end first. */
const ADVANCE_TIMEOUT_MS = 3_600_000;

/** Adds `clock` to `npm run local`. */
export function addClockCommand(local: Command): void {
  local
    .command("clock")
    .description("print the virtual time and what is due next, or change them")
    .option("--advance <span>", "advance the clock by a span such as 6h, 30m, 90s or PT1H30M")
    .option("--speed <n>", "virtual seconds per real second; 0 stops the clock", numberFrom(0))
    .option("--profile <name>", "instant, brisk or realistic: how long Azure's operations take from now on")
    .action(clock);
}

async function clock({ advance, ...settings }: ClockOptions): Promise<void> {
  const body = { ...settings, ...(advance === undefined ? {} : { advance: isoDuration(advance) }) };
  const call =
    Object.keys(body).length === 0
      ? { route: "/local/clock" }
      : { method: "POST" as const, route: "/local/clock", body, timeoutMs: ADVANCE_TIMEOUT_MS };
  const state = await callCloud<ClockState>(call, { root: projectRoot });
  const ahead = Math.round(state.aheadMs / 1000);
  const lines = [
    `${state.now}, ${ahead === 0 ? "in step with real time" : `${ahead} s ahead of real time`}; profile ${state.profile}, speed ${state.speed}`,
    ...state.pending.map(({ name, due }) => `  ${due}  ${name}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** `6h` as `PT6H`. An ISO 8601 duration stays as it is. */
function isoDuration(span: string): string {
  return /^(\d+(\.\d+)?[hms])+$/i.test(span) ? `PT${span.toUpperCase()}` : span;
}

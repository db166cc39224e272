import { parseArgs } from "node:util";
import { callCloud } from "../../local/cloud/client/daemon";
import type { ClockState } from "../../local/cloud/clockRoutes";
import { projectRoot } from "./localStack";

const usage = `npm run local -- clock [options]

  (no option)            show the clock of the local cloud and its pending delays
  --advance <span>       let that much time pass, such as 6h, 30m, 90s or PT1H30M
  --speed <n>            virtual seconds per real second; 0 = time stands still
  --profile <name>       instant, brisk or realistic: how long operations take from now on`;

/** Time limit of an advance: real work in between takes its real time. */
const ADVANCE_TIMEOUT_MS = 3_600_000;

/** `npm run local -- clock …`; returns the exit code. */
export async function clockCommand(args: string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args, options: { advance: text, speed: text, profile: text } });
  const { advance, speed, profile } = values;
  const body = {
    ...(profile === undefined ? {} : { profile }),
    ...(speed === undefined ? {} : { speed: speed.trim() === "" ? speed : Number(speed) }),
    ...(advance === undefined ? {} : { advance: isoDuration(advance) }),
  };
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
  return 0;
}

/** Converts `6h` to `PT6H`; an ISO 8601 duration is unchanged. */
function isoDuration(span: string): string {
  return /^(\d+(\.\d+)?[hms])+$/i.test(span) ? `PT${span.toUpperCase()}` : span;
}

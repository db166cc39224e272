import { parseArgs } from "node:util";
import { askCloud } from "../../local/cloud/client/daemon";
import type { ClockState } from "../../local/cloud/clockRoutes";
import { projectRoot } from "./localStack";

const usage = `npm run local -- clock [options]

  (no option)            what time it is in the local cloud, and what is waited for
  --advance <span>       let that much time pass, such as 6h, 30m, 90s or PT1H30M
  --speed <n>            virtual seconds in a real one; 0 = time stands still
  --profile <name>       instant, brisk or realistic: how long Azure's things take from now on
`;

/** Waits this long for an advance: real work in between takes its time. */
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
  const state = await askCloud<ClockState>(call, { root: projectRoot });
  const ahead = Math.round(state.aheadMs / 1000);
  const lines = [
    `${state.now}, ${ahead === 0 ? "as on the wall" : `${ahead} s ahead of the wall`}; profile ${state.profile}, speed ${state.speed}`,
    ...state.pending.map(({ name, due }) => `  ${due}  ${name}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/** `6h` as `PT6H`; an ISO 8601 duration as it is. */
function isoDuration(span: string): string {
  return /^(\d+(\.\d+)?[hms])+$/i.test(span) ? `PT${span.toUpperCase()}` : span;
}

import { parseArgs } from "node:util";
import { cloudHome } from "../../local/cloud/paths";
import { lastRequests, type RequestLine } from "../../local/cloud/requestLog";
import { projectRoot } from "./localStack";

const DEFAULT_COUNT = 20;

/** `npm run local -- requests [-n <count>] [--json]`: the last requests, whether or not the cloud runs. */
export function requestsCommand(args: string[]): number {
  const { values } = parseArgs({
    args,
    options: { number: { type: "string", short: "n" }, json: { type: "boolean" } },
  });
  const count = Number(values.number ?? DEFAULT_COUNT);
  if (!Number.isInteger(count) || count < 1) {
    process.stderr.write(`error: -n is '${values.number ?? ""}'. It must be a whole number from 1.\n`);
    return 2;
  }
  const lines = lastRequests(cloudHome(process.env, projectRoot), count);
  const text = lines.map((line) => (values.json ? JSON.stringify(line) : inWords(line))).join("\n");
  process.stdout.write(`${text || "no requests yet"}\n`);
  return 0;
}

function inWords({ time, method, url, status, ms, correlationId, ...marks }: RequestLine): string {
  const end = status === 0 ? "cut" : String(status);
  const notes = [
    marks.error,
    marks.unknown && `accepted: ${marks.unknown}`,
    marks.fault === undefined ? undefined : `fault ${marks.fault}`,
  ].filter(Boolean);
  const about = notes.length > 0 ? `  [${notes.join("; ")}]` : "";
  return `${time.slice(11, 23)} ${end} ${String(ms).padStart(5)} ms  ${method} ${url}${about}  ${correlationId ?? ""}`.trimEnd();
}

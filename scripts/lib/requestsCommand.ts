import type { Command } from "commander";
import { cloudHome } from "../../local/cloud/paths";
import { lastRequests, type RequestLine } from "../../local/cloud/requestLog";
import { wholeNumber } from "./commandLine";
import { projectRoot } from "./localStack";

/** Adds `requests` to `npm run local`. It works whether the cloud is running or not. */
export function addRequestsCommand(local: Command): void {
  local
    .command("requests")
    .description("print the last requests with their correlation ids")
    .option("-n, --number <count>", "how many", wholeNumber, 20)
    .option("--json", "one JSON document per line")
    .action(({ number, json }: { number: number; json?: boolean }) => {
      const lines = lastRequests(cloudHome(process.env, projectRoot), number);
      const text = lines.map((line) => (json ? JSON.stringify(line) : textOf(line))).join("\n");
      process.stdout.write(`${text || "no requests yet"}\n`);
    });
}

function textOf({ time, method, url, status, ms, correlationId, ...marks }: RequestLine): string {
  const end = status === 0 ? "cut" : String(status);
  const notes = [
    marks.error,
    marks.unknown && `accepted: ${marks.unknown}`,
    marks.fault === undefined ? undefined : `fault ${marks.fault}`,
  ].filter(Boolean);
  const about = notes.length > 0 ? `  [${notes.join("; ")}]` : "";
  return `${time.slice(11, 23)} ${end} ${String(ms).padStart(5)} ms  ${method} ${url}${about}  ${correlationId ?? ""}`.trimEnd();
}

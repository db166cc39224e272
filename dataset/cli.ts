import { downloadDataset } from "./download";
import { describeError, exitCodeOf } from "./errors";
import { parseOptions } from "./options";
import type { DownloadContext, DownloadResult } from "./context";
import type { Row } from "./rowCheck";
import { hubSettings } from "./settings";

/** The environment of one run; tests pass their own. */
interface Terminal {
  env: NodeJS.ProcessEnv;
  cwd: string;
  out: (text: string) => void;
  err: (text: string) => void;
  signal?: AbortSignal;
}

/** Settings that tests shorten. A normal run uses the defaults. */
export type Tuning = Partial<Omit<DownloadContext, "http" | "cwd" | "info" | "warn">> &
  Partial<Pick<DownloadContext["http"], "attempts" | "backoffMs" | "idleTimeoutMs">>;

/** Runs the command and returns its exit code. Never throws. */
export async function main(
  argv: readonly string[],
  terminal: Terminal,
  tuning: Tuning = {},
): Promise<number> {
  const { out, err } = terminal;
  try {
    const options = parseOptions(argv);
    if ("help" in options) {
      out(options.help);
      return 0;
    }
    const { request, json, rows } = options;
    // With --json, stdout contains only the manifest.
    const print = json ? err : out;
    const settings = hubSettings(terminal.env);
    const { attempts, backoffMs, idleTimeoutMs, ...rest } = tuning;
    const result = await downloadDataset(request, {
      ...rest,
      http: {
        ...settings,
        attempts,
        backoffMs,
        idleTimeoutMs,
        signal: terminal.signal,
        onRetry: (reason, waitMs) => err(`${reason}; retrying in ${(waitMs / 1000).toFixed(1)} s\n`),
      },
      cwd: terminal.cwd,
      rows,
      json,
      info: (text) => print(`${text}\n`),
      warn: (text) => err(`warning: ${text}\n`),
    });
    print(summary(result, request.files !== undefined));
    if (json) out(`${JSON.stringify(result.manifest)}\n`);
    return 0;
  } catch (error) {
    err(`${describeError(error)}\n`);
    return exitCodeOf(error);
  }
}

/** @param isOwn true for local files, which have no revision and are not received */
function summary({ manifest, unchanged, stats, shown }: DownloadResult, isOwn: boolean): string {
  const lines = isOwn ? [] : [`Revision ${manifest.revision}`];
  for (const [split, { file, rows, totalRows, bytes, sha256 }] of Object.entries(manifest.splits)) {
    const state = unchanged.includes(split) ? "unchanged" : "written";
    lines.push(`  ${file}: ${rows} of ${totalRows} rows, ${bytes} bytes, sha256 ${sha256} (${state})`);
  }
  if (!isOwn) lines.push(`${stats.bytes} bytes received in ${stats.requests} requests`);
  lines.push("");
  if (shown.messages) manifest.firstRows.forEach((row, index) => lines.push(...describeRow(row, index)));
  return `${lines.join("\n")}\n`;
}

/** A row as readable lines: its other columns first, then the conversation turn by turn. */
function describeRow(row: Row, index: number): string[] {
  const lines = [`Row ${index}`];
  for (const [name, value] of Object.entries(row)) {
    if (name !== "messages")
      lines.push(`  ${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  }
  // A bad row that was kept can have any value here.
  const messages = Array.isArray(row.messages) ? (row.messages as unknown[]) : [];
  for (const message of messages) {
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
    lines.push(`  ${String(role)}: ${String(content)}`);
  }
  return [...lines, ""];
}

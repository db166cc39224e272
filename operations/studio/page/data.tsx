import { useState } from "preact/hooks";
import type { DataRow } from "../views/data";
import { ago } from "./format.js";
import { post, useLive } from "./live.js";
import { Facts, State, Tags } from "./parts.js";

/** Data versions with their quality, and their first rows on request. */
export function Data() {
  const state = useLive<DataRow[]>("data");
  return (
    <State
      state={state}
      what="data versions"
      isEmpty={(rows) => rows.length === 0}
      hint="An update uploads them."
    >
      {(rows) =>
        rows.map((row) => (
          <section key={`${row.name}:${row.version}`} class="card">
            <h2>
              {row.name}, version {row.version}
            </h2>
            <p>
              {row.description}{" "}
              <small>
                {row.type}, {ago(row.createdAt)}
              </small>
            </p>
            <Quality quality={row.quality as SplitQuality | undefined} />
            <FirstRows row={row} />
            <Tags tags={row.tags} />
          </section>
        ))
      }
    </State>
  );
}

/** The part of a split's quality findings that is shown. */
interface SplitQuality {
  rows?: number;
  found?: Record<string, { count: number }>;
}

function Quality({ quality }: { quality: SplitQuality | undefined }) {
  if (!quality?.found)
    return (
      <p>
        <small>Quality: this machine has not examined the file.</small>
      </p>
    );
  const findings = Object.entries(quality.found).filter(([, { count }]) => count > 0);
  return (
    <>
      <h3>Quality</h3>
      <Facts
        facts={{
          rows: quality.rows,
          ...Object.fromEntries(findings.map(([name, { count }]) => [name, count])),
          ...(findings.length === 0 ? { findings: "none" } : {}),
        }}
      />
    </>
  );
}

function FirstRows({ row: { name, version } }: { row: DataRow }) {
  const [state, setState] = useState<{ rows?: unknown[]; problem?: string; isBusy?: boolean }>({});
  const show = async (): Promise<void> => {
    setState({ isBusy: true });
    try {
      setState(await post<{ rows: unknown[] }>("/api/rows", { name, version }));
    } catch (error) {
      setState({ problem: (error as Error).message });
    }
  };
  if (state.rows)
    return (
      <>
        <h3>First rows</h3>
        <ol class="rows">
          {state.rows.map((row, index) => (
            <li key={index}>
              <Row row={row} />
            </li>
          ))}
        </ol>
        {state.rows.length === 0 && <p class="state">The file has no rows.</p>}
        <button onClick={() => setState({})}>Hide rows</button>
      </>
    );
  return (
    <p>
      <button onClick={show} disabled={state.isBusy === true}>
        Show first rows
      </button>{" "}
      {state.problem ? (
        <span class="problem" role="alert">
          {state.problem}
        </span>
      ) : (
        <small>They may contain personal data.</small>
      )}
    </p>
  );
}

/** A conversation, or the row as JSON. */
function Row({ row }: { row: unknown }) {
  const { messages } = (row ?? {}) as { messages?: unknown };
  if (!Array.isArray(messages)) return <code>{typeof row === "string" ? row : JSON.stringify(row)}</code>;
  return (
    <>
      {(messages as { role?: string; content?: string }[]).map(({ role, content }, index) => (
        <p key={index}>
          <strong>{role}</strong> {content}
        </p>
      ))}
    </>
  );
}

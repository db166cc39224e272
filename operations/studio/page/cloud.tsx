import { useState } from "preact/hooks";
import type { CloudState } from "../place";
import { post, useLive } from "./live.js";
import { Choice, Facts, State, Table } from "./parts.js";

/** Controls of the local cloud: its clock, faults and request log. */
export function Cloud() {
  const state = useLive<CloudState>("cloud");
  const [problem, setProblem] = useState<string>();
  const change = async (what: "clock" | "faults" | "clear", body: unknown): Promise<void> => {
    try {
      await post(`/api/cloud/${what}`, body);
      setProblem(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <State state={state} what="controls">
      {({ clock, faults, kinds, requests }) => (
        <>
          {problem && (
            <p class="state problem" role="alert">
              {problem}
            </p>
          )}
          <section class="card">
            <h2>Clock</h2>
            <Facts
              facts={{
                Time: clock.now,
                Speed: clock.speed,
                "Ahead of real time": `${Math.round(clock.aheadMs / 1000)} s`,
                Next: clock.pending
                  .slice(0, 3)
                  .map(({ name, due }) => `${due} ${name}`)
                  .join("; "),
              }}
            />
            <div class="form">
              <Choice
                label="How long Azure's operations take"
                value={clock.profile}
                options={["instant", "brisk", "realistic"].map((value) => ({ value, text: value }))}
                onChange={(profile) => void change("clock", { profile })}
              />
              {["PT1M", "PT1H", "P1D"].map((span) => (
                <button key={span} onClick={() => void change("clock", { advance: span })}>
                  Advance {spans[span]}
                </button>
              ))}
            </div>
          </section>
          <section class="card">
            <h2>Faults</h2>
            {faults.length === 0 && <p class="state">No fault is set.</p>}
            {faults.length > 0 && (
              <Table
                caption="Faults"
                head={["Fault", "Where", "Struck", ""]}
                rows={faults.map(({ id, kind, path, struck }) => ({
                  key: String(id),
                  cells: [
                    kind,
                    path,
                    struck,
                    <button onClick={() => void change("clear", { id })}>Clear fault {id}</button>,
                  ],
                }))}
              />
            )}
            <AddFault kinds={kinds} onAdd={(body) => void change("faults", body)} />
          </section>
          <section class="card">
            <h2>Requests</h2>
            {requests.length === 0 && <p class="state">No request yet.</p>}
            <Table
              caption="The last requests"
              head={["Time", "Status", "Request", "Took"]}
              rows={requests.map(({ time, id, method, url, status, ms }) => ({
                key: id,
                cells: [
                  time.slice(11, 19),
                  status === 0 ? "cut" : status,
                  <code title={url}>
                    {method} {shortPath(url)}
                  </code>,
                  `${ms} ms`,
                ],
              }))}
            />
          </section>
        </>
      )}
    </State>
  );
}

/** The path inside its workspace, without the query. */
const shortPath = (url: string): string =>
  url.replace(/\?.*$/, "").replace(/^.*\/workspaces\/[^/]+(?=\/)/, "…");

const spans: Record<string, string> = { PT1M: "1 minute", PT1H: "1 hour", P1D: "1 day" };

interface AddFaultProps {
  kinds: CloudState["kinds"];
  onAdd: (body: { kind: string; path: string; times: number }) => void;
}

function AddFault({ kinds, onAdd }: AddFaultProps) {
  const names = Object.keys(kinds);
  const [kind, setKind] = useState(names[0] ?? "");
  const [path, setPath] = useState("*");
  const [times, setTimes] = useState(1);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onAdd({ kind, path, times });
      }}
    >
      <div class="form">
        <Choice
          label="Kind"
          value={kind}
          options={names.map((value) => ({ value, text: value }))}
          onChange={setKind}
        />
        <label>
          Path or resource id, * matches any text
          <input value={path} onInput={({ currentTarget }) => setPath(currentTarget.value)} />
        </label>
        <label>
          How often, 0 is always
          <input
            type="number"
            min={0}
            value={times}
            onChange={({ currentTarget }) => setTimes(Number(currentTarget.value))}
          />
        </label>
        <button type="submit">Add fault</button>
      </div>
      <p>
        <small>{kinds[kind]?.description}</small>
      </p>
    </form>
  );
}

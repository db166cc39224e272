import { useEffect, useRef, useState } from "preact/hooks";
import type { JobList, JobPage } from "../views/jobs";
import { Chart } from "./chart.js";
import { ago, number, shortId, span } from "./format.js";
import { useLive } from "./live.js";
import { Badge, Facts, jobLink, State, Table } from "./parts.js";

const pageSize = 50;

/** The jobs of the workspace, newest first. */
export function Jobs() {
  const [limit, setLimit] = useState(pageSize);
  const state = useLive<JobList>(`jobs?limit=${limit}`);
  return (
    <State state={state} what="jobs" isEmpty={({ total }) => total === 0} hint={<code>npm run up</code>}>
      {({ jobs, total }) => (
        <>
          <Table
            caption="Jobs"
            head={["Job", "Status", "Experiment", "Created"]}
            rows={jobs.map((job) => ({
              key: job.name,
              cells: [
                <a href={jobLink(job.name)}>{job.displayName}</a>,
                <Badge status={job.status} />,
                job.experiment,
                <time dateTime={job.createdAt}>{ago(job.createdAt)}</time>,
              ],
            }))}
          />
          <p class="more">
            {jobs.length} of {total}{" "}
            {jobs.length < total && (
              <button onClick={() => setLimit(limit + pageSize)}>Show {pageSize} more</button>
            )}
          </p>
        </>
      )}
    </State>
  );
}

/** Curves that people look at first; the others follow. */
const firstCurves = ["loss", "eval_loss", "learning_rate", "grad_norm", "tokens_per_second"];
const rank = (name: string): number => firstCurves.indexOf(name) + 1 || firstCurves.length + 1;

/** One job: steps, curves and the end of the log, as they come. */
export function Job({ name }: { name: string }) {
  const state = useLive<JobPage | null>(`jobs/${encodeURIComponent(name)}`);
  return (
    <>
      <p>
        <a href="#/jobs">All jobs</a>
      </p>
      <State state={state} what="steps">
        {(job) => (job ? <JobDetails job={job} /> : <p class="state">There is no job "{name}".</p>)}
      </State>
    </>
  );
}

function JobDetails({ job }: { job: JobPage }) {
  const { latest } = job;
  const curves = Object.entries(job.curves)
    .filter(([metric]) => metric !== "epoch" && !metric.endsWith("_before"))
    .sort(([a], [b]) => rank(a) - rank(b));
  const running = job.startedAt === undefined ? undefined : (job.endedAt ?? Date.now()) - job.startedAt;
  return (
    <>
      <h2>{job.displayName}</h2>
      <Facts
        facts={{
          Status: <Badge status={job.status} />,
          Experiment: job.experiment,
          Created: ago(job.createdAt),
          Duration: running === undefined ? undefined : span(running),
          "Base model": job.assets.mlflow_model_path && shortId(job.assets.mlflow_model_path),
          "Training data": job.assets.train_file_path && shortId(job.assets.train_file_path),
          "Evaluation loss": beforeAfter(latest),
        }}
      />
      {job.error && <p class="state problem">{job.error}</p>}
      {job.warnings.map((warning) => (
        <p key={warning} class="state">
          {warning}
        </p>
      ))}
      <h3>Steps</h3>
      <Table
        caption="Steps"
        head={["Step", "Status", "Waited", "Took"]}
        rows={job.steps.map((step) => ({
          key: step.runId,
          cells: [step.name, <Badge status={step.status} />, span(step.waitedMs), span(step.tookMs)],
        }))}
      />
      <h3>Curves</h3>
      {curves.length === 0 && <p class="state">No metric has two values yet.</p>}
      <div class="charts">
        {curves.map(([metric, points]) => (
          <Chart key={metric} title={metric} points={points} unit="step" />
        ))}
      </div>
      <h3>Log {job.log.step && <small>of {job.log.step}</small>}</h3>
      <Log lines={job.log.lines} />
      <details>
        <summary>Parameters, inputs and last metrics</summary>
        <Facts
          facts={{ ...job.parameters, ...mapValues(job.assets, shortId), ...mapValues(latest, number) }}
        />
      </details>
    </>
  );
}

/** The end of a log. It scrolls with new lines unless somebody has scrolled back. */
function Log({ lines }: { lines: string[] }) {
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  const remember = (): void => {
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = box.current ?? {};
    isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 8;
  };
  if (lines.length === 0) return <p class="state">The step has no log yet.</p>;
  return (
    <pre class="log" ref={box} onScroll={remember} tabIndex={0} role="log" aria-label="End of the log">
      {lines.join("\n")}
    </pre>
  );
}

/** `0.805 before, 0.025 after`. */
export function beforeAfter(metrics: Record<string, number>): string | undefined {
  const { eval_loss_before: before, eval_loss: after } = metrics;
  if (after === undefined) return undefined;
  return before === undefined ? number(after) : `${number(before)} before, ${number(after)} after`;
}

const mapValues = <Value,>(
  values: Record<string, Value>,
  text: (value: Value) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value)]));

import type { Overview as Answers } from "../views/overview";
import { ago, money } from "./format.js";
import { beforeAfter } from "./jobs.js";
import { useLive } from "./live.js";
import { Badge, Facts, jobLink, State } from "./parts.js";

/** The first page: what was trained, did it help, what is serving, what does it cost. */
export function Overview() {
  const state = useLive<Answers>("overview");
  return (
    <State state={state} what="answers">
      {({ jobs: { jobs, total }, metrics, models, endpoints, cost }) => (
        <div class="columns">
          <section class="card">
            <h2>Training</h2>
            {jobs.length === 0 && <p class="state">No job yet.</p>}
            {jobs.map((job) => (
              <p key={job.name}>
                <Badge status={job.status} /> <a href={jobLink(job.name)}>{job.displayName}</a>{" "}
                <small>{ago(job.createdAt)}</small>
              </p>
            ))}
            {beforeAfter(metrics) && <p>Evaluation loss of the newest: {beforeAfter(metrics)}</p>}
            {total > jobs.length && (
              <p>
                <a href="#/jobs">All {total} jobs</a>
              </p>
            )}
          </section>
          <section class="card">
            <h2>Model</h2>
            {models.length === 0 && <p class="state">No model version yet.</p>}
            {models.map(({ name, version, tags, createdAt }) => (
              <p key={version}>
                <a href="#/models">
                  {name}, version {version}
                </a>{" "}
                <small>{ago(createdAt)}</small>
                {tags.evalLoss && (
                  <>
                    <br />
                    evaluation loss {Number(tags.evalLoss).toPrecision(3)}
                  </>
                )}
              </p>
            ))}
          </section>
          <section class="card">
            <h2>Serving</h2>
            {endpoints.length === 0 && <p class="state">No endpoint.</p>}
            {endpoints.map(({ name, state: endpointState, deployments }) => (
              <div key={name}>
                <p>
                  <Badge status={endpointState} /> <a href="#/endpoints">{name}</a>
                </p>
                <Facts
                  facts={Object.fromEntries(
                    deployments.map((one) => [one.name, `${one.traffic} % of the traffic, ${one.model}`]),
                  )}
                />
              </div>
            ))}
            {endpoints.length > 0 && (
              <p>
                <a href="#/test">Ask it something</a>
              </p>
            )}
          </section>
          <section class="card">
            <h2>Cost</h2>
            <p class="big">
              {cost.perHour === undefined ? "unknown" : money(cost.perHour, cost.currency)}{" "}
              <small>per hour now</small>
            </p>
            <p>
              <a href="#/cost">What bills</a>
            </p>
          </section>
        </div>
      )}
    </State>
  );
}

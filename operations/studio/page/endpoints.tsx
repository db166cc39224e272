import type { DeploymentRow, EndpointPage } from "../views/endpoints";
import { Chart } from "./chart.js";
import { useLive } from "./live.js";
import { Badge, Facts, State, Table } from "./parts.js";

/** Endpoints with deployments, traffic, instances and latency. */
export function Endpoints() {
  const state = useLive<EndpointPage[]>("endpoints");
  return (
    <State
      state={state}
      what="endpoints"
      isEmpty={(found) => found.length === 0}
      hint="endpoint.enabled: true creates one."
    >
      {(endpoints) =>
        endpoints.map((endpoint) => (
          <section key={endpoint.name} class="card">
            <h2>{endpoint.name}</h2>
            <p>{endpoint.description}</p>
            <Facts
              facts={{
                State: <Badge status={endpoint.state} />,
                Authentication: endpoint.authMode,
                "Scoring URI": endpoint.scoringUri,
              }}
            />
            <Traffic deployments={endpoint.deployments} />
            <Deployments deployments={endpoint.deployments} />
            {endpoint.metricsProblem && (
              <p class="state">Requests and latency are not shown: {endpoint.metricsProblem}</p>
            )}
            <div class="charts">
              {endpoint.deployments
                .filter(({ latency }) => latency.length > 1)
                .map(({ name, latency }) => (
                  <Chart key={name} title={`${name}: p95 latency in ms`} points={latency} unit="minute" />
                ))}
            </div>
            <p>
              <a href="#/test">Test it</a>
            </p>
          </section>
        ))
      }
    </State>
  );
}

/** The traffic split as a bar. */
function Traffic({ deployments }: { deployments: DeploymentRow[] }) {
  const served = deployments.filter(({ traffic }) => traffic > 0);
  if (served.length === 0) return <p class="state">No deployment gets traffic.</p>;
  const text = served.map(({ name, traffic }) => `${name} ${traffic} %`).join(", ");
  return (
    <div class="traffic" role="img" aria-label={`Traffic: ${text}`}>
      {served.map(({ name, traffic }) => (
        <span key={name} style={{ flexGrow: traffic }}>
          {name} {traffic} %
        </span>
      ))}
    </div>
  );
}

function Deployments({ deployments }: { deployments: DeploymentRow[] }) {
  if (deployments.length === 0) return <p class="state">The endpoint has no deployment yet.</p>;
  return (
    <Table
      caption="Deployments"
      head={["Deployment", "State", "Model", "Instances", "Traffic", "Requests, 30 min", "p95 latency"]}
      rows={deployments.map((one) => ({
        key: one.name,
        cells: [
          one.name,
          <Badge status={one.state} />,
          one.model,
          `${one.instances} × ${one.instanceType}`,
          `${one.traffic} %${one.mirrored > 0 ? `, ${one.mirrored} % mirrored` : ""}`,
          `${one.requests}${one.failures > 0 ? `, ${one.failures} failed` : ""}`,
          one.latency.length > 0 ? `${Math.round(one.latency.at(-1)?.[1] ?? 0)} ms` : "–",
        ],
      }))}
    />
  );
}

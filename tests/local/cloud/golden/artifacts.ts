/** Artifacts of runs, which clients read and write by addresses that run history gives them. */
import { Including } from "./compare";
import type { Exchange, Golden, Json } from "./exchange";

const HISTORY = "/history/v1.0{ws}";
const ARTIFACTS_DOC = "observed: azureml-mlflow 1.62 lists, uploads and downloads artifacts by these calls";
const LOG = "logs/azureml/executionlogs.txt";
const artifact = (path: string): Json => ({
  artifactId: `ExperimentRun/dcid.done/${path}`,
  origin: "ExperimentRun",
  container: "dcid.done",
  path,
  etag: null,
  createdTime: null,
  dataPath: null,
  tags: {},
});
const content = (path: string): Json => ({
  contentUri: `https://<text>/${path}?<sas>`,
  origin: "ExperimentRun",
  container: "dcid.done",
  path,
  tags: {},
});
const listed = (...value: unknown[]): Json => ({ value, continuationToken: null, nextLink: null });

export const artifacts: Golden = {
  about: "artifacts of runs",
  needs: "model",
  exchanges: ["experiments", "experimentids"].flatMap((by): Exchange[] => {
    const at = `${HISTORY}/${by}/any/runs/done/artifacts`;
    const get = (name: string, path: string, returns: unknown): Exchange => ({
      name: `${name} (${by})`,
      provenance: ARTIFACTS_DOC,
      send: `GET ${at}${path}`,
      status: 200,
      returns,
    });
    return [
      get("artifacts are listed", "", {
        value: new Including([artifact(LOG)]),
        continuationToken: null,
        nextLink: null,
      }),
      get("artifacts below a folder are listed", "/path?path=logs", listed(artifact(LOG))),
      get("one is described", `/metadata?path=${LOG}`, artifact(LOG)),
      get("an address to read one is given", `/contentinfo?path=${LOG}`, content(LOG)),
      get("the address alone is given", `/artifacturi?path=${LOG}`, `https://<text>/${LOG}?<sas>`),
      get("addresses below a folder are given", "/prefix/contentinfo?path=logs", listed(content(LOG))),
      {
        name: `artifacts are announced, and where their bytes go is told (${by})`,
        provenance: ARTIFACTS_DOC,
        send: `POST ${at}/batch/metadata`,
        body: { paths: [{ path: "notes/a.txt" }] },
        status: 200,
        returns: {
          artifacts: { "notes/a.txt": artifact("notes/a.txt") },
          artifactContentInformation: { "notes/a.txt": content("notes/a.txt") },
          errors: {},
        },
      },
    ];
  }),
};

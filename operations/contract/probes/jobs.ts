import { type Azure, describe } from "../azure";
import type { JOB_FACTS } from "../facts/jobs";
import { fixturePaths, jobEnd } from "../fixtures";
import { at, listAt, textAt } from "../json";
import { jobBody } from "../pipelineJob";
import type { Need, Probe } from "../probe";
import { history, historyUrl, mlflowUrl } from "../runs";
import { NotSettled } from "../verdict";
import { JOB_CHANGE_PROBES } from "./jobChanges";

const statuses =
  /^(NotStarted|Starting|Provisioning|Preparing|Queued|Running|Finalizing|CancelRequested|Completed|Failed|Canceled|NotResponding|Paused|Scheduled|Unknown)$/;
const job = ["job"] as const satisfies readonly Need[];
const nameOf = (path: string): string => path.split("/").at(-1) ?? "";

/** Submits a job of its own for a probe that changes or ends it. */
async function submitted(azure: Azure, suffix: string): Promise<string> {
  const path = `${azure.paths.workspace}/jobs/${azure.name(suffix)}`;
  const answer = await azure.call("PUT", path, await jobBody(azure, { compute: azure.name("cpu") }));
  if (answer.status >= 300) throw new NotSettled(`the job was refused: ${describe(answer)}`);
  return path;
}

export const JOB_PROBES: Readonly<Record<keyof typeof JOB_FACTS, Probe>> = {
  "job-found-by-name": {
    cost: "cheap",
    needs: job,
    calls: "GET the job, PUT it again, GET it; compare createdAt and status",
    run: async (azure) => {
      const path = fixturePaths(azure).job;
      await jobEnd(azure, path);
      const before = await azure.call("GET", path);
      azure.check(
        nameOf(textAt(before.body, "id")) === nameOf(path),
        "the job under its name",
        before.status,
      );
      await azure.call("PUT", path, await jobBody(azure, { compute: azure.name("cpu") }));
      const after = await azure.call("GET", path);
      const facts = [before, after].map(({ body }) =>
        [textAt(body, "systemData.createdAt"), textAt(body, "properties.status")].join(" "),
      );
      azure.check(facts[0] === facts[1], "the same creation time and status", facts[0] === facts[1]);
    },
  },
  "job-output-place": { notByCalls: "it requires a job that stores its output by these settings" },
  "job-output-registered": { notByCalls: "it requires a job that stores its output by these settings" },
  "job-output-types": { notByCalls: "no client of this project reads the outputs of run history" },
  "cluster-deleted-under-job": { notByCalls: "it requires a training that is given up" },
  "preempted-job-queued-again": { notByCalls: "no call makes Azure take a node away" },
  "resume-from-own-checkpoint": { notByCalls: "it needs a preemption in the middle of a training" },
  ...JOB_CHANGE_PROBES,
  "job-submitter-token": {
    cost: "cheap",
    needs: ["cluster", "data"],
    calls: "PUT a job with x-azureml-token; cancel it",
    run: async (azure) => {
      const token = await azure.session.credential.getToken(azure.session.cloud.mlScope);
      const path = `${azure.paths.workspace}/jobs/${azure.name("token")}`;
      const body = await jobBody(azure, { compute: azure.name("cpu") });
      const headers = { "x-azureml-token": token?.token ?? "" };
      const answer = await azure.call("PUT", path, body, { headers });
      azure.check(answer.status < 300, "the job is accepted", describe(answer));
      await azure.call("POST", `${path}/cancel`);
    },
  },
  "job-cancel-accepted": {
    cost: "cheap",
    needs: ["cluster", "data"],
    calls: "PUT a job, POST cancel, GET it until it ends",
    run: async (azure) => {
      const path = await submitted(azure, "cancel");
      const { status } = await azure.call("POST", `${path}/cancel`);
      azure.check([200, 202].includes(status), "200 or 202", status);
      const end = await jobEnd(azure, path);
      if (end === "Completed") throw new NotSettled("the job completed before it was canceled");
      azure.check(end === "Canceled", "Canceled", end);
    },
  },
  "job-cancel-after-end": {
    cost: "cheap",
    needs: job,
    calls: "POST cancel of a job that has ended",
    run: async (azure) => {
      const path = fixturePaths(azure).job;
      const before = await jobEnd(azure, path);
      const { status } = await azure.call("POST", `${path}/cancel`);
      azure.check([200, 202, 400, 409].includes(status), "200, 202, 400 or 409", status);
      azure.note(`the service answers ${status}`);
      azure.check((await jobEnd(azure, path)) === before, "the job's status stays", before);
    },
  },
  "job-deletion": {
    cost: "cheap",
    needs: ["cluster", "data"],
    calls: "PUT a job, cancel it, DELETE it after its end, GET it",
    run: async (azure) => {
      const path = await submitted(azure, "delete");
      await azure.call("POST", `${path}/cancel`);
      await jobEnd(azure, path);
      const answer = await azure.call("DELETE", path);
      azure.check(answer.status < 300, "the deletion is accepted", describe(answer));
      await azure.settled(answer);
      azure.refused(await azure.call("GET", path), { status: [404] });
    },
  },
  "job-status-values": {
    cost: "cheap",
    needs: ["cluster", "data"],
    calls: "PUT a job and GET it until it ends; collect its statuses",
    run: async (azure) => {
      const path = await submitted(azure, "states");
      await azure.call("POST", `${path}/cancel`);
      const seen = new Set<string>();
      for (let status = ""; !/^(Completed|Failed|Canceled)$/.test(status); await azure.pause(azure.pollMs)) {
        status = textAt((await azure.call("GET", path)).body, "properties.status");
        seen.add(status);
      }
      azure.check(
        [...seen].every((status) => statuses.test(status)),
        "statuses of the list",
        [...seen],
      );
    },
  },
  "job-studio-address": {
    cost: "cheap",
    needs: job,
    calls: "GET the job",
    run: async (azure) => {
      const { body } = await azure.call("GET", fixturePaths(azure).job);
      const address = textAt(body, "properties.services.Studio.endpoint");
      // The page of an emulated cloud is local, without TLS.
      azure.check(/^https?:\/\//.test(address), "an https address", address ? new URL(address).host : "none");
    },
  },
  "discovery-without-token": {
    cost: "free",
    needs: ["workspace"],
    calls: "GET the workspace's discoveryUrl without Authorization",
    run: async (azure) => {
      const { body } = await azure.call("GET", azure.paths.workspace);
      const answer = await azure.call("GET", textAt(body, "properties.discoveryUrl"), undefined, {
        scope: "",
      });
      // The page of an emulated cloud is local, without TLS.
      azure.check(/^https?:\/\//.test(textAt(answer.body, "api")), "an address in api", answer.status);
    },
  },
  "run-details": {
    cost: "cheap",
    needs: job,
    calls: "GET history/v1.0/…/runs/<job>/details",
    run: async (azure) => {
      const name = nameOf(fixturePaths(azure).job);
      const { body, status } = await azure.call(
        "GET",
        await historyUrl(azure, `runs/${name}/details`),
        undefined,
        history(azure),
      );
      azure.check(textAt(body, "runId") === name, "the job's name as runId", status);
      azure.check(textAt(body, "status") !== "", "a status", textAt(body, "status"));
      const logs = at(body, "logFiles");
      azure.check(
        logs === null || logs === undefined || typeof logs === "object",
        "logFiles: names and addresses, or none",
        typeof logs,
      );
    },
  },
  "unknown-run-is-404": {
    cost: "free",
    needs: ["workspace"],
    calls: "GET the details of a run that does not exist",
    run: async (azure) => {
      const url = await historyUrl(azure, `runs/${azure.name("nowhere")}/details`);
      azure.refused(await azure.call("GET", url, undefined, history(azure)), { status: [404] });
    },
  },
  "unknown-mlflow-run-is-404": {
    cost: "free",
    needs: ["workspace"],
    calls: "GET mlflow/runs/get of a run that does not exist",
    run: async (azure) => {
      const url = await mlflowUrl(azure, "runs/get");
      const query = { run_id: azure.name("nowhere"), run_uuid: azure.name("nowhere") };
      const options = { scope: azure.session.cloud.armScope, query };
      azure.refused(await azure.call("GET", url, undefined, options), { status: [404] });
    },
  },
  "metrics-on-root-run": {
    cost: "gpu",
    needs: ["tunedModel"],
    calls: "GET mlflow/runs/get of the fine-tuning job",
    run: async (azure) => {
      const id = nameOf(fixturePaths(azure).tunedJob);
      const options = { scope: azure.session.cloud.armScope, query: { run_id: id, run_uuid: id } };
      const { body } = await azure.call("GET", await mlflowUrl(azure, "runs/get"), undefined, options);
      const keys = listAt(body, "run.data.metrics").map((metric) => textAt(metric, "key"));
      azure.check(keys.includes("eval_loss"), "eval_loss among the metrics", keys);
    },
  },
  "steps-below-pipeline-component": {
    cost: "gpu",
    needs: ["tunedModel"],
    calls: "GET the children of the fine-tuning job's run, and the children of the first",
    run: async (azure) => {
      const childrenOf = async (run: string) =>
        listAt(
          (
            await azure.call(
              "GET",
              await historyUrl(azure, `runs/${run}/children`),
              undefined,
              history(azure),
            )
          ).body,
          "value",
        );
      const children = await childrenOf(nameOf(fixturePaths(azure).tunedJob));
      azure.check(children.length === 1, "one child of the job's run", children.length);
      const steps = await childrenOf(textAt(children[0], "runId"));
      azure.check(steps.length > 1, "several steps below it", steps.length);
    },
  },
  "job-output-as-model": {
    cost: "gpu",
    needs: ["tunedModel"],
    calls: "PUT a model from azureml://jobs/<job>/outputs/trained_model; GET it",
    run: async (azure) => {
      const { body, status } = await azure.call("GET", fixturePaths(azure).model);
      azure.check(
        textAt(body, "properties.modelType") === "mlflow_model",
        "the model as mlflow_model",
        status,
      );
      azure.check(textAt(body, "properties.modelUri") !== "", "its modelUri", "a uri");
    },
  },
  "own-validation-split": {
    notByCalls:
      "the rows are divided inside a step whose intermediate files no API lists; the component's code is the source",
  },
  "validation-file-is-evaluated": {
    notByCalls: "eval_loss does not tell on which rows it was measured; the component's code is the source",
  },
  "pipeline-without-deadline": {
    notByCalls: "a job would have to run for longer than any deadline; its request has no member for one",
  },
};

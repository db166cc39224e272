import { describe } from "../azure";
import type { ARM_FACTS } from "../facts/arm";
import { clusterBody, fixturePaths } from "../fixtures";
import { at, listAt, textAt } from "../json";
import { sizes } from "../prices";
import type { Probe } from "../probe";
import { ownerTag } from "../target";
import { NotSettled } from "../verdict";

const isOn = (address: string, resourceManager: string): boolean => {
  const [host, arm] = [new URL(address, `${resourceManager}/`).hostname, new URL(resourceManager).hostname];
  return host === arm || host.endsWith(`.${arm}`);
};

export const ARM_PROBES: Readonly<Record<keyof typeof ARM_FACTS, Probe>> = {
  "operation-address": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a cluster; read its operation's header, or GET it until its provisioningState is final",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/computes/${azure.name("op")}`;
      const answer = await azure.call("PUT", path, clusterBody(azure.target.location, sizes.cpu.name));
      if (answer.status >= 300) throw new NotSettled(`the cluster was refused: ${describe(answer)}`);
      const operation = answer.header("azure-asyncoperation") ?? answer.header("location");
      const state = textAt(answer.body, "properties.provisioningState");
      azure.check(
        operation !== undefined || state !== "",
        "an operation or a provisioningState",
        operation ? "an operation" : state,
      );
      const { status } = await azure.settled(answer, path);
      const { body } = await azure.call("GET", path);
      const end = textAt(body, "properties.provisioningState");
      azure.check(
        end === status && end === "Succeeded",
        "operation and resource end as Succeeded",
        `${status}, ${end}`,
      );
    },
  },
  "operation-status": {
    cost: "free",
    needs: ["cluster"],
    calls: "PUT the cluster with another maximum of nodes; GET its Azure-AsyncOperation",
    run: async (azure) => {
      const scaleSettings = { minNodeCount: 0, maxNodeCount: 2, nodeIdleTimeBeforeScaleDown: "PT2M" };
      const body = clusterBody(azure.target.location, sizes.cpu.name, { scaleSettings });
      const { cluster } = fixturePaths(azure);
      const answer = await azure.call("PUT", cluster, body);
      const operation = answer.header("azure-asyncoperation");
      const settled = await azure.settled(answer, cluster);
      if (!operation) throw new NotSettled("the PUT named no Azure-AsyncOperation");
      const document = await azure.call("GET", operation);
      const status = textAt(document.body, "status");
      azure.check(/^(succeeded|failed|canceled)$/i.test(status), "a final status", status);
      azure.check(settled.status === status, "the status stays", status);
      await azure.made(cluster, clusterBody(azure.target.location, sizes.cpu.name));
    },
  },
  "operation-on-arm-host": {
    cost: "free",
    needs: ["endpoint"],
    calls: "PUT the endpoint again; compare the hosts of its operation's addresses with ARM's",
    run: async (azure) => {
      const { endpoint } = fixturePaths(azure);
      const body = {
        location: azure.target.location,
        identity: { type: "SystemAssigned" },
        properties: { authMode: "Key", description: "hosts" },
      };
      const answer = await azure.call("PUT", endpoint, body);
      const addresses = ["azure-asyncoperation", "location"].flatMap((name) => answer.header(name) ?? []);
      await azure.settled(answer, endpoint);
      if (addresses.length === 0) throw new NotSettled("the PUT named no operation");
      const { resourceManager } = azure.session.cloud;
      azure.check(
        addresses.every((address) => isOn(address, resourceManager)),
        "addresses on ARM's host",
        addresses.map((address) => new URL(address).host),
      );
    },
  },
  "missing-resource-is-404": {
    cost: "free",
    needs: ["workspace"],
    calls: "GET a cluster, a job, a data version, a model version and an endpoint that do not exist",
    run: async (azure) => {
      for (const path of [
        "computes/nowhere",
        "jobs/nowhere",
        "data/nowhere/versions/1",
        "models/nowhere/versions/1",
        "onlineEndpoints/nowhere",
      ]) {
        azure.refused(await azure.call("GET", `${azure.paths.workspace}/${path}`), { status: [404] });
      }
    },
  },
  "missing-asset-code": {
    cost: "free",
    needs: ["workspace"],
    calls: "GET a data version and a model version that do not exist",
    run: async (azure) => {
      for (const path of ["data/nowhere/versions/1", "models/nowhere/versions/1"]) {
        const answer = await azure.call("GET", `${azure.paths.workspace}/${path}`);
        azure.refused(answer, { status: [404], code: "UserError" });
      }
    },
  },
  "deletion-of-missing-resource": {
    cost: "free",
    needs: ["workspace"],
    calls: "DELETE an endpoint, a job and a data version that do not exist",
    run: async (azure) => {
      for (const path of ["onlineEndpoints/nowhere", "jobs/nowhere", "data/nowhere/versions/1"]) {
        const { status } = await azure.call("DELETE", `${azure.paths.workspace}/${path}`);
        azure.check([204, 404].includes(status), "204 or 404", status);
      }
    },
  },
  "page-link": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT two environment versions, list them one by one, follow nextLink",
    run: async (azure) => {
      const versions = `${azure.paths.workspace}/environments/${azure.name("pages")}/versions`;
      for (const version of ["1", "2"]) {
        await azure.made(`${versions}/${version}`, {
          properties: { image: `mcr.microsoft.com/azureml/base:${version}` },
        });
      }
      const first = await azure.call("GET", versions, undefined, { query: { $top: 1 } });
      const next = textAt(first.body, "nextLink");
      azure.check(
        next !== "" && isOn(next, azure.session.cloud.resourceManager),
        "a nextLink on ARM's host",
        next && new URL(next).host,
      );
      const second = await azure.call("GET", next);
      const names = [first, second].flatMap(({ body }) =>
        listAt(body, "value").map((item) => textAt(item, "name")),
      );
      azure.check(new Set(names).size === 2, "two versions on two pages", names);
    },
  },
  "error-document": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a cluster of a size that does not exist; read error.code and error.message",
    run: async (azure) => {
      const body = clusterBody(azure.target.location, "Standard_NC999_v99");
      const answer = await azure.call("PUT", `${azure.paths.workspace}/computes/${azure.name("err")}`, body);
      azure.refused(answer, { status: [400] });
      azure.check(textAt(answer.body, "error.code") !== "", "error.code", textAt(answer.body, "error.code"));
      azure.check(textAt(answer.body, "error.message") !== "", "error.message", "a text");
      const details = at(answer.body, "error.details");
      azure.check(
        details === undefined || details === null || Array.isArray(details),
        "error.details: a list or none",
        typeof details,
      );
    },
  },
  "provider-registration": {
    cost: "free",
    needs: [],
    calls: "GET the provider Microsoft.MachineLearningServices of the subscription",
    run: async (azure) => {
      const path = `${azure.paths.subscription}/providers/Microsoft.MachineLearningServices`;
      const { body } = await azure.call("GET", path, undefined, { apiVersion: "2021-04-01" });
      const state = textAt(body, "registrationState");
      azure.check(
        /^(registered|registering|notregistered|unregistered)$/i.test(state),
        "a registrationState",
        state,
      );
    },
  },
  "metadata-document": {
    cost: "free",
    needs: [],
    calls: "GET metadata/endpoints without a token",
    run: async (azure) => {
      const url = `${azure.session.cloud.resourceManager}/metadata/endpoints`;
      const answer = await azure.call("GET", url, undefined, {
        scope: "",
        query: { "api-version": "2022-09-01" },
      });
      const document = Array.isArray(answer.body) ? (answer.body[0] as unknown) : answer.body;
      azure.check(
        /^https:/.test(textAt(document, "authentication.loginEndpoint")),
        "a login endpoint",
        answer.status,
      );
      azure.check(listAt(document, "authentication.audiences").length > 0, "audiences", answer.status);
      azure.check(textAt(document, "suffixes.storage") !== "", "a storage suffix", answer.status);
    },
  },
  "resources-by-tag": {
    cost: "free",
    needs: ["storage"],
    calls: "GET the group's resources with the run's tag",
    run: async (azure) => {
      const query = { $filter: `tagName eq '${ownerTag}'` };
      const { body } = await azure.call("GET", `${azure.paths.group}/resources`, undefined, { query });
      const ids = listAt(body, "value").map((item) => textAt(item, "id").toLowerCase());
      azure.check(
        ids.includes(azure.paths.storage.toLowerCase()),
        "the storage account among them",
        ids.length,
      );
    },
  },
};

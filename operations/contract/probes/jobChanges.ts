import { isDeepStrictEqual } from "node:util";
import { type Azure, describe } from "../azure";
import { fixturePaths, jobEnd } from "../fixtures";
import { at, textAt } from "../json";
import { jobBody } from "../pipelineJob";
import type { Probe } from "../probe";
import { history, historyUrl } from "../runs";

const needs = ["job"] as const;

/** The path of a job that has ended. */
async function endedJob(azure: Azure): Promise<string> {
  const path = fixturePaths(azure).job;
  await jobEnd(azure, path);
  return path;
}

/** How a submitted job changes. */
export const JOB_CHANGE_PROBES = {
  "job-metadata-changes": {
    cost: "cheap",
    needs,
    calls: "PUT the job with a tag, a description and isArchived; GET it; restore it",
    run: async (azure) => {
      const path = await endedJob(azure);
      const { properties } = await jobBody(azure, { compute: azure.name("cpu") });
      const put = (more: object) => azure.call("PUT", path, { properties: { ...properties, ...more } });
      const changed = await put({ tags: { probe: "yes" }, description: "changed", isArchived: true });
      azure.check(changed.status === 200, "200", describe(changed));
      const { body } = await azure.call("GET", path);
      azure.check(
        textAt(body, "properties.tags.probe") === "yes",
        "the new tag",
        at(body, "properties.tags.probe"),
      );
      azure.check(
        textAt(body, "properties.description") === "changed",
        "the new description",
        at(body, "properties.description"),
      );
      azure.check(
        at(body, "properties.isArchived") === true,
        "isArchived",
        at(body, "properties.isArchived"),
      );
      await put({ isArchived: false });
    },
  },
  "job-changed-by-run-history": {
    cost: "cheap",
    needs,
    calls:
      "PATCH history/v1.0/…/experiments/<experiment>/runs/<job> with a tag and hidden; GET the job; restore it",
    run: async (azure) => {
      const path = await endedJob(azure);
      const before = (await azure.call("GET", path)).body;
      const run = `experiments/${textAt(before, "properties.experimentName")}/runs/${path.split("/").at(-1)}`;
      const url = await historyUrl(azure, run);
      const change = (body: object) => azure.call("PATCH", url, body, history(azure));
      const answer = await change({ tags: { added: "yes" }, hidden: true });
      azure.check(answer.status === 200, "200", describe(answer));
      const { body } = await azure.call("GET", path);
      const tags = { ...(at(before, "properties.tags") as object), added: "yes" };
      azure.check(
        isDeepStrictEqual(at(body, "properties.tags"), tags),
        "the tag added",
        textAt(body, "properties.tags"),
      );
      azure.check(
        at(body, "properties.isArchived") === true,
        "isArchived",
        at(body, "properties.isArchived"),
      );
      await change({ hidden: false });
    },
  },
  "job-tag-removal": {
    cost: "cheap",
    needs,
    calls: "PUT the job with a tag, PUT it without, GET it",
    run: async (azure) => {
      const path = await endedJob(azure);
      const { properties } = await jobBody(azure, { compute: azure.name("cpu") });
      await azure.call("PUT", path, { properties: { ...properties, tags: { passing: "yes" } } });
      const answer = await azure.call("PUT", path, { properties: { ...properties, tags: {} } });
      azure.check(answer.status === 200, "200", describe(answer));
      const left = at((await azure.call("GET", path)).body, "properties.tags.passing");
      azure.note(`a tag left out of a PUT ${left === undefined ? "is removed" : "stays"}`);
    },
  },
} satisfies Readonly<Record<string, Probe>>;

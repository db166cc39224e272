import { secretExpiryVersions } from "../../../../local/cloud/rules/versions";
import { WORKSPACE } from "../ml/mlCloud";
import { expectRefusal, type RuleCase } from "./support";

export const VERSION_CASES: Record<string, RuleCase> = {
  [secretExpiryVersions.facts.statement]: async (cloud) => {
    const secrets = `${WORKSPACE}/datastores/versioned/listSecrets?api-version=`;
    await cloud.call("PUT", `${WORKSPACE}/datastores/versioned`, {
      properties: {
        datastoreType: "AzureBlob",
        accountName: "rulestore",
        containerName: "data",
        credentials: {
          credentialsType: "AccountKey",
          secrets: { secretsType: "AccountKey", key: "c2VjcmV0" },
        },
      },
    });
    const body = { expirableSecret: true, expireAfterHours: 1 };
    for (const version of ["2023-08-01-preview", "2024-10-01"]) {
      expectRefusal(
        await cloud.call("POST", `${secrets}${version}`, body),
        400,
        "UnknownProperty",
        /no body/,
      );
      expect((await cloud.call("POST", `${secrets}${version}`, {})).body.secretsType).toBe("AccountKey");
    }
    for (const version of ["2024-07-01-preview", "2025-06-01", "2025-12-01"])
      expect((await cloud.call("POST", `${secrets}${version}`, body)).body.secretsType).toBe("Sas");
  },
};

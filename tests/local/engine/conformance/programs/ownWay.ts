import type { Program } from "../lib/types";

/**
 * Programs for which the embedded engine deliberately decides differently from Pulumi, with the reasons. They
 * are not compared with the real engine.
 */
export const ownWay: Program[] = [
  // Pulumi keeps the guest in its state and deletes it with the old host.
  {
    name: "a replacement that fails before it reaches the guests of the host",
    program: `
      const host = new Thing("host", { zone: config.get("zone") ?? "south" });
      const gate = new Thing("gate", { of: host.id });
      new Thing("guest", { size: 1 }, { deletedWith: host, dependsOn: [gate] });`,
    steps: [
      { do: "up", because: "all resources are created", expect: { counts: { create: 4 } } },
      {
        do: "up",
        because: "the new host exists, the old one is still pending deletion",
        config: { zone: "north" },
        faults: [{ on: "update", name: "gate", mode: "fail" }],
        expect: {
          exit: 1,
          errors: /refuses to update gate/,
          state: { host: { id: "host-2" }, "host (delete)": { id: "host-1" }, guest: { id: "guest-1" } },
          cloud: ["gate", "guest", "host", "host"],
        },
      },
      {
        do: "up",
        because: "the guest is in the old host and is replaced before the old host is deleted",
        expect: {
          steps: ["update gate", "create-replacement guest", "delete-replaced guest", "delete-replaced host"],
          never: ["delete guest"],
          state: { guest: { id: "guest-2" } },
          cloud: ["gate", "guest", "guest", "host"],
        },
      },
      {
        do: "up",
        because: "the guest then stays",
        expect: { steps: [], never: ["delete *"], cloud: ["gate", "guest", "guest", "host"] },
      },
    ],
  },
];

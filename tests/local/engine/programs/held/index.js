// `slow` waits in its creation until the test lets it continue. `after` depends on it, `beside` does not.
const { Thing } = require("../toy/cloud");
const slow = new Thing("slow", { label: "slow", hold: true });
new Thing("after", { label: "after", from: slow.token });
new Thing("beside", { label: "beside" });
exports.token = slow.token;

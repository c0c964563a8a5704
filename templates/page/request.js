// The command that makes a report of the days and the domain chosen (docs/request.md).

// shellWord quotes a word for a POSIX shell (POSIX.1-2024, Shell Command Language, section 2.2.2).
function shellWord(text) {
  return /^[A-Za-z0-9@%_+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

// recipientsOf takes what was typed apart at commas, semicolons and blanks, but not within the quotes of a local part (RFC 5321 section 4.1.2).
function recipientsOf(text) {
  return text.match(/(?:"(?:[^"\\]|\\.)*"|[^\s,;"])+/g) || [];
}

// isRecipient says whether text can be an address or the name of a group.
function isRecipient(text) {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) || /^(?:"(?:[^"\\]|\\.)*"|[^\s@"<>]+)@[^\s@<>"'`]+$/.test(text);
}

// requestCommand gives the command as words. A domain that the command line cannot name is left out: canRequest says so.
function requestCommand({ facts, filter }, recipients) {
  const domains = filter.domain < 0 ? facts.request.domains : [facts.domains[filter.domain].name];
  const words = ["authreport", "--request", facts.request.name, "--from", isoDay(facts.first + filter.first), "--to", isoDay(facts.first + filter.last)];
  for (const domain of domains.filter(canRequest)) words.push("--domain", domain);
  for (const recipient of recipients) words.push("--recipient", recipient);
  return words;
}

function canRequest(domain) {
  return /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(domain);
}

function showRequest() {
  const { facts, filter } = app;
  const recipients = recipientsOf(byId("request-recipients").value);
  const wrong = recipients.filter((recipient) => !isRecipient(recipient));
  const domain = filter.domain < 0 ? facts.all : facts.domains[filter.domain].name;
  byId("request-what").textContent = `${facts.request.name}: ${dates(facts.first + filter.first, facts.first + filter.last)}, ${domain}`;
  const faults = wrong.map((recipient) => word("not_recipient", { recipient }));
  if (filter.domain >= 0 && !canRequest(domain)) faults.push(word("not_domain", { domain }));
  byId("request-fault").textContent = faults.join(" ");
  byId("request-recipients").setAttribute("aria-invalid", String(wrong.length > 0));
  byId("request-command").textContent = requestCommand(app, recipients).map(shellWord).join(" ");
  byId("request-copied").textContent = "";
  byId("request-clauses").hidden = filter.clauses.length === 0;
}

function wireRequest() {
  byId("request-open").addEventListener("click", () => {
    showRequest();
    openPanel(byId("request"));
  });
  byId("request-recipients").addEventListener("input", showRequest);
  byId("request-copy").addEventListener("click", copyCommand);
}

// copyCommand copies the command, or marks it where the browser does not let a page copy.
async function copyCommand() {
  const command = byId("request-command");
  try {
    await navigator.clipboard.writeText(command.textContent);
    byId("request-copied").textContent = word("copied");
  } catch {
    getSelection().selectAllChildren(command);
    byId("request-copied").textContent = word("marked");
  }
}

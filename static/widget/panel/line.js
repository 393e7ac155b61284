// The line to the desk: a socket, or a stream with posts where sockets do not get through. `session` gives the token that it is
// joined with and `last` the number of the last event. `take` gets every frame; `broke` is called when the line ends, `over`
// a moment after it ended with the word that its session does not hold, `offline` with whether it is away.
const deskLine = ({ session, last, take, broke, over, offline }) => {
  const LONGEST_WAIT = 30_000;
  const SHORTEST_WAIT = 500;
  /** How often a line is looked at, and how often in a row it may have been silent. */
  const BEAT = 20_000;
  const SILENT = 2;
  /** A line of which nothing was heard for so long is not trusted when the page is looked at again. */
  const OLD = 90_000;
  let socket = null;
  let feed = null;
  let tries = 0;
  let neverOpened = 0;
  let timer = null;
  let beat = null;
  let heard = 0;
  let silent = 0;
  let joined = false;
  let wanted = false;
  /** The code that ends a stream, which has none of its own. */
  let ended = 0;

  const later = (act) => {
    clearTimeout(timer);
    const most = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** tries);
    tries += 1;
    // By chance from the first on: a desk that begins anew lost all lines in the same moment.
    timer = setTimeout(act, SHORTEST_WAIT + Math.random() * most);
  };
  const lost = (code) => {
    joined = false;
    socket = null;
    feed = null;
    clearInterval(beat);
    broke();
    if (!wanted) return;
    // The oldest of too many: it comes back when somebody looks at it.
    if (code === 4009 && document.hidden) return;
    if (code === 4008 || code === 4009) tries = Math.max(tries, 4);
    if (tries > 0) offline(true);
    later(code === 4001 ? over : connect);
  };
  const hear = (text) => {
    for (const frame of [JSON.parse(text)].flat()) {
      if (frame.t === "end") ended = frame.code;
      else take(frame);
    }
  };
  const alive = () => { heard = Date.now(); silent = 0; };
  /** A line that is dead without saying so. */
  const giveUp = () => {
    const [old, following] = [socket, feed];
    lost(0);
    old?.close();
    following?.abort();
  };
  /** A socket answers a ping, and a stream says something at least every fifteen seconds. It is counted, not measured:
      a page that nobody looks at is woken seldom. */
  const watch = () => {
    alive();
    clearInterval(beat);
    beat = setInterval(() => {
      silent += 1;
      if (silent > SILENT) giveUp();
      else if (socket) send({ t: "ping" });
    }, BEAT);
  };
  const connect = () => {
    clearTimeout(timer);
    if (!wanted || socket || feed) return;
    if (neverOpened >= 2) { follow(); return; }
    const address = new URL(`${base}/line`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const mine = new WebSocket(address);
    socket = mine;
    watch();
    let opened = false;
    mine.addEventListener("open", () => {
      opened = true;
      neverOpened = 0;
      alive();
      mine.send(JSON.stringify({ t: "join", token: session(), last_seq: last() }));
    });
    mine.addEventListener("message", (event) => {
      if (socket !== mine) return;
      alive();
      hear(event.data);
    });
    mine.addEventListener("close", (event) => {
      if (!opened) neverOpened += 1;
      if (socket === mine) lost(event.code);
    });
  };
  /** Whether the desk refused, and no proxy in between. */
  const isOurs = (answer) => answer.json().then((said) => typeof said?.error === "string", () => false);
  const follow = async () => {
    const stop = new AbortController();
    feed = stop;
    ended = 0;
    watch();
    let code = 0;
    let stood = false;
    try {
      const answer = await fetch(`${base}/feed?last_seq=${last()}`, { headers: { authorization: `Bearer ${session()}` }, signal: stop.signal });
      if (answer.status === 403 && await isOurs(answer)) code = 4001;
      stood = answer.ok;
      if (stood) {
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        for (;;) {
          const { done, value } = await reader.read();
          if (done || feed !== stop) break;
          alive();
          const parts = (rest + value).split("\n\n");
          rest = parts.pop();
          for (const part of parts) if (part.startsWith("data: ")) hear(part.slice(6));
        }
      }
    } catch { /* The line broke; it is opened again. */ }
    // Where neither gets through, the network is away: sockets are tried again.
    if (!stood) neverOpened = 0;
    if (feed === stop) lost(ended || code);
  };
  const post = async (frame) => {
    try {
      const answer = await fetch(`${base}/frames`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${session()}` },
        body: JSON.stringify(frame),
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.ok) hear(await answer.text());
      else if (frame.id) take({ t: "refused", id: frame.id, why: answer.status === 429 ? "too_fast" : "busy" });
    } catch {
      if (frame.id) take({ t: "refused", id: frame.id, why: "busy" });
    }
  };
  const send = (frame) => {
    if (socket?.readyState === 1) socket.send(JSON.stringify(frame));
    else if (feed) post(frame);
  };
  return {
    later,
    open: () => { wanted = true; connect(); },
    close: () => {
      wanted = false;
      joined = false;
      clearTimeout(timer);
      clearInterval(beat);
      const [old, following] = [socket, feed];
      socket = null;
      feed = null;
      old?.close();
      following?.abort();
    },
    retry: () => {
      if ((socket || feed) && Date.now() - heard > OLD) giveUp();
      if (wanted && !socket && !feed) { tries = 0; connect(); }
    },
    joined: () => { joined = true; tries = 0; offline(false); },
    isJoined: () => joined,
    send: (frame) => { if (joined) send(frame); },
  };
};

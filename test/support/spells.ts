/** The event loop, watched: how long its longest spell of work was, in milliseconds of CPU, whatever else the machine does. */
export function watchSpells(): { stop(): { longestMs: number; turns: number } } {
  let [longestMs, turns, over] = [0, 0, false];
  let last = process.cpuUsage();
  const turn = () => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    longestMs = Math.max(longestMs, (user + system) / 1000);
    turns++;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop() {
      over = true;
      return { longestMs: Math.round(longestMs), turns };
    },
  };
}

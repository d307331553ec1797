/**
 * The event loop, watched: which share of all its work its longest spell was, in CPU time. A machine that is slow or busy makes both
 * longer, and what leaves nobody else a turn is one spell.
 */
export function watchSpells(): { stop(): { longest: number; turns: number } } {
  let [longest, all, turns, over] = [0, 0, 0, false];
  let last = process.cpuUsage();
  const look = () => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    longest = Math.max(longest, user + system);
    all += user + system;
  };
  const turn = () => {
    look();
    turns++;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop() {
      over = true;
      look();
      return { longest: longest / all, turns };
    },
  };
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Debian's Chromium, as tests start it. */

export const BROWSER = '/usr/bin/chromium';

/** For a browser that asks nothing of the network. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

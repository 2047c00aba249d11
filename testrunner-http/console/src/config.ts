/** What the server wrote into the page. */
export interface Config {
  /** Where the server is mounted: empty, or "/tests". */
  prefix: string;
  /** Lets the page's own styles through the content security policy. */
  nonce: string;
}

function read(): Config {
  const text = document.getElementById("config")?.textContent;
  return text ? (JSON.parse(text) as Config) : { prefix: "", nonce: "" };
}

export const config = read();

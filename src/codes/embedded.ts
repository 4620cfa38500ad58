import { meanings } from "./meaning.ts";

/** What keeps the embedded AWS from being installed or started. */
export const EMBEDDED = meanings({
  already_running: {
    what: "An embedded AWS of this project runs already.",
    why: "Two commands started it at the same moment.",
    todo: "Run the command again.",
  },
  checksum: {
    what: "A download did not arrive as it should: its SHA-256 is not the pinned one. Nothing of it was used.",
    why: "The index or repository serves another file, or something on the way changed it.",
    todo: "Run the command again; if it stays, ask who keeps that index.",
  },
  disk_full: {
    what: "The disk is full.",
    why: "The Python packages need about 800 MB.",
    todo: "Make room and run the command again.",
  },
  download_failed: {
    what: "Something that the embedded AWS needs once could not be fetched.",
    why: "No network, a proxy, or settings of pip.",
    todo: "Check the network, HTTPS_PROXY, AWS_CA_BUNDLE and pip's settings, and run the command again: what has arrived is kept.",
  },
  emulator: {
    what: "The emulator did not start.",
    why: "Its log says why.",
    todo: "Read the log that the message names.",
  },
  init_scripts: {
    what: "The emulator would run scripts of this machine at its start.",
    why: "A folder exists where it looks for them.",
    todo: "Move the folder away.",
  },
  java_version: {
    what: "The Java that was found is too old or too new for Spark.",
    why: "Spark 3.5 runs on Java 17.",
    todo: "Install a Java 17 runtime, or set JAVA_HOME to one.",
  },
  no_java: {
    what: "No Java was found.",
    why: "The embedded AWS runs Spark, which needs it.",
    todo: "Install a Java 17 runtime (`openjdk-17-jre-headless`), or set JAVA_HOME to one.",
  },
  no_port: {
    what: "There is no free port on 127.0.0.1.",
    why: "Very many programs run.",
    todo: "Close some and try again.",
  },
  no_python: {
    what: "No suitable Python was found.",
    why: "The embedded AWS needs Python 3.10 or newer.",
    todo: "Install one, or point METRICCARE_PYTHON at one that is there.",
  },
  not_built: {
    what: "A part of metriccare is missing.",
    why: "It was not built after it was fetched.",
    todo: "Run `npm run build`.",
  },
  not_running: {
    what: "The embedded AWS does not run.",
    why: "`local env` tells where it runs, and starts nothing.",
    todo: "Start it with `metriccare local up`.",
  },
  other_port: {
    what: "The embedded AWS runs on another port than the config wants.",
    why: "`local.port` changed while it ran.",
    todo: "Run `metriccare local down` first; its state is kept.",
  },
  pip_failed: {
    what: "The Python packages could not be installed.",
    why: "The message holds pip's last line.",
    todo: "Run the command again.",
  },
  platform: {
    what: "The embedded AWS does not run on this system.",
    why: "It runs on Linux and macOS.",
    todo: "On Windows, use it inside WSL.",
  },
  port_in_use: {
    what: "The port of the config is in use by another program.",
    why: "`local.port` fixes it.",
    todo: "Stop that program, or choose another port; without `local.port` a free one is taken.",
  },
  python_without_venv: {
    what: "The Python that was found cannot make virtual environments.",
    why: "Its modules venv and ensurepip are not installed.",
    todo: "On Debian or Ubuntu: `sudo apt-get install python3-venv`. Or point METRICCARE_PYTHON at another Python.",
  },
  socket_folder: {
    what: "The folder for the embedded AWS's socket belongs to somebody else.",
    why: "The project's path is too long for a socket, so a folder under /tmp is taken.",
    todo: "Remove that folder, or move the project to a shorter path.",
  },
  start_failed: {
    what: "The embedded AWS did not start.",
    why: "Its logs say why.",
    todo: "Read the logs that the message names.",
  },
  venv_failed: {
    what: "The Python environment could not be made.",
    why: "The disk is full, or the project folder cannot be written.",
    todo: "Check both and run the command again.",
  },
});

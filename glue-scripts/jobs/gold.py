"""Gold job: one table of measures. `--measure` says which; the work is in `metriccare_etl`."""

from metriccare_etl import jobs

if __name__ == "__main__":
    jobs.gold_main()

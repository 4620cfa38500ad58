"""Silver job: the newest version of each resource. `--dataset` says which; the work is in `metriccare_etl`."""

from metriccare_etl import jobs

if __name__ == "__main__":
    jobs.silver_main()

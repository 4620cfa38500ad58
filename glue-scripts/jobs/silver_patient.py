"""Silver job: the newest version of each patient. The work is in `metriccare_etl`; `--dataset` says which."""

from metriccare_etl import jobs

if __name__ == "__main__":
    jobs.silver_main()

"""Bronze job: resources of new raw files, as they came. `--dataset` says which; the work is in `metriccare_etl`."""

from metriccare_etl import jobs

if __name__ == "__main__":
    jobs.bronze_main()

"""Gold job: average length of stay. The work is in `metriccare_etl`."""

from metriccare_etl import jobs

if __name__ == "__main__":
    jobs.gold_main("length_of_stay")

"""The transforms of awsglue.transforms as classes with `apply`, over DynamicFrame's methods."""

from awsglue.connections import Unsupported


class GlueTransform:
    @classmethod
    def apply(cls, *args, **options):
        return cls()(*args, **options)

    def __call__(self, *args, **options):
        raise Unsupported(f"the transform {type(self).__name__}")


class ApplyMapping(GlueTransform):
    def __call__(self, frame, mappings, **options):
        return frame.apply_mapping(mappings, **options)


class SelectFields(GlueTransform):
    def __call__(self, frame, paths, **options):
        return frame.select_fields(paths, **options)


class DropFields(GlueTransform):
    def __call__(self, frame, paths, **options):
        return frame.drop_fields(paths, **options)


class RenameField(GlueTransform):
    def __call__(self, frame, old_name, new_name, **options):
        return frame.rename_field(old_name, new_name, **options)


class Filter(GlueTransform):
    def __call__(self, frame, f, **options):
        return frame.filter(f, **options)


class Map(GlueTransform):
    def __call__(self, frame, f, **options):
        return frame.map(f, **options)


class Join(GlueTransform):
    def __call__(self, frame1, frame2, keys1, keys2, **options):
        return frame1.join(keys1, keys2, frame2, **options)


class ResolveChoice(GlueTransform):
    def __call__(self, frame, specs=None, choice="", **options):
        return frame.resolveChoice(specs, choice, **options)


class DropNullFields(GlueTransform):
    def __call__(self, frame, **options):
        return frame.drop_nulls(**options)


class UnnestFrame(GlueTransform):
    def __call__(self, frame, **options):
        return frame.unnest(**options)


class Relationalize(GlueTransform):
    def __call__(self, frame, staging_path="", name="roottable", **options):
        return frame.relationalize(name, staging_path, **options)


class SplitFields(GlueTransform):
    def __call__(self, frame, paths, name1, name2, **options):
        return frame.split_fields(paths, name1, name2, **options)


class Spigot(GlueTransform):
    def __call__(self, frame, path, options=None, **more):
        return frame.spigot(path, options, **more)


class SelectFromCollection(GlueTransform):
    def __call__(self, dfc, key, **options):
        return dfc.select(key)


class Repartition(GlueTransform):
    def __call__(self, frame, num_partitions, **options):
        return frame.repartition(num_partitions)


class Union(GlueTransform):
    def __call__(self, frame1, frame2, **options):
        return frame1.union(frame2)


class SplitRows(GlueTransform):
    def __call__(self, frame, comparison_dict, name1="frame1", name2="frame2", **options):
        return frame.split_rows(comparison_dict, name1, name2, **options)


class Unbox(GlueTransform):
    def __call__(self, frame, path, format="json", **options):
        return frame.unbox(path, format, **options)


class ErrorsAsDynamicFrame(GlueTransform):
    def __call__(self, frame, **_options):
        return frame.errorsAsDynamicFrame()


class MapToCollection(GlueTransform):
    pass


class FindMatches(GlueTransform):
    pass
